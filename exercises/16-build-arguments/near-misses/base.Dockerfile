# BASE is declared below the FROM that it is meant for.
FROM lab/busybox
ARG BASE=busybox
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
ARG VERSION=dev
ENV VERSION=${VERSION}
CMD ["sh", "shop.sh"]
