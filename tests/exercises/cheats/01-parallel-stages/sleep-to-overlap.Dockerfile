# cheat: the vertexes overlap because one lingers and the other one dawdles
FROM lab/busybox AS assets
WORKDIR /src
COPY prepare-assets.sh .
COPY assets assets
RUN sh prepare-assets.sh; sleep 2

FROM lab/busybox AS data
WORKDIR /src
COPY prepare-data.sh .
COPY data data
RUN sleep 2; sh prepare-data.sh

FROM lab/busybox
COPY --from=assets /src/site/assets.txt /site/
COPY --from=data /src/site/data.txt /site/
CMD ["cat", "/site/assets.txt", "/site/data.txt"]
