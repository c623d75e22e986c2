# Everything works, but BuildKit warns about the last line.
ARG BASE=busybox
FROM lab/${BASE}
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
ARG VERSION=dev
ENV VERSION=${VERSION}
CMD sh shop.sh
