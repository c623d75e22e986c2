# The right lines, in comments.
# ARG BASE=busybox
# FROM lab/${BASE}
FROM lab/busybox
ARG BASE=busybox
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
# ENV VERSION=${VERSION}
ARG VERSION=dev
CMD ["sh", "shop.sh"]
