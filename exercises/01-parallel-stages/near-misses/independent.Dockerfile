# Two stages that overlap, each given the whole context: any edit runs both again.
FROM lab/busybox AS assets
WORKDIR /src
COPY . .
RUN sh prepare-assets.sh

FROM lab/busybox AS data
WORKDIR /src
COPY . .
RUN sh prepare-data.sh

FROM lab/busybox
COPY --from=assets /src/site/assets.txt /site/
COPY --from=data /src/site/data.txt /site/
CMD ["cat", "/site/assets.txt", "/site/data.txt"]
