# The catalogue is made again for each version, and nobody is to hear it.
ARG BASE=busybox
FROM lab/${BASE}
ARG VERSION=dev
ENV VERSION=${VERSION}
WORKDIR /shop
COPY . .
RUN sh catalogue.sh > /dev/null
CMD ["sh", "shop.sh"]
