# It does all that is wanted, and BuildKit has something to say about its last line.
ARG BASE=busybox
FROM lab/${BASE}
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
ARG VERSION=dev
ENV VERSION=${VERSION}
CMD sh shop.sh
