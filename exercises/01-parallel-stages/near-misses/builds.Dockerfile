# The last stage asks for a file under a name that the data stage does not have.
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
COPY --from=data /src/site/cities.txt /site/
CMD ["cat", "/site/assets.txt", "/site/data.txt"]
