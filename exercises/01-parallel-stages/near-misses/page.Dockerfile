# Both are prepared and copied, but the container shows only one of them.
FROM lab/busybox AS assets
WORKDIR /src
COPY prepare-assets.sh .
COPY assets assets
RUN sh prepare-assets.sh

FROM lab/busybox AS data
WORKDIR /src
COPY prepare-data.sh .
COPY data data
RUN sh prepare-data.sh

FROM lab/busybox
COPY --from=assets /src/site/assets.txt /site/
COPY --from=data /src/site/data.txt /site/
CMD ["cat", "/site/assets.txt"]
