# Two stages, and the second starts from the first: it still waits.
FROM lab/busybox AS assets
WORKDIR /src
COPY prepare-assets.sh .
COPY assets assets
RUN sh prepare-assets.sh

FROM assets AS data
COPY prepare-data.sh .
COPY data data
RUN sh prepare-data.sh

FROM lab/busybox
COPY --from=assets /src/site/assets.txt /site/
COPY --from=data /src/site/data.txt /site/
CMD ["cat", "/site/assets.txt", "/site/data.txt"]
