# The catalogue has its own stage and base, and both defaults are at the top.
ARG BASE=busybox
ARG VERSION=dev

FROM lab/busybox AS catalogue
WORKDIR /work
COPY goods.csv catalogue.sh ./
RUN sh catalogue.sh

FROM lab/$BASE AS shop
ARG VERSION
ENV VERSION=$VERSION
WORKDIR /shop
COPY shop.sh .
COPY --from=catalogue /work/catalogue.txt .
ENTRYPOINT ["sh", "/shop/shop.sh"]
