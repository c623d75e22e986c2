# Says the default, and any version that somebody might ask for.
ARG BASE=busybox
FROM lab/${BASE}
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
CMD ["sh", "-c", "for VERSION in dev 1.4 1.5 2.0; do export VERSION; sh shop.sh; done"]
