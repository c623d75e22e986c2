# The argument is declared above the slow work, whose cache key then includes it.
ARG BASE=busybox
FROM lab/${BASE}
ARG VERSION=dev
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
ENV VERSION=${VERSION}
CMD ["sh", "shop.sh"]
