# A file says debian, whatever the image is made of.
FROM lab/busybox
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
ARG BASE=busybox
RUN echo "ID=$BASE" > /etc/os-release
ARG VERSION=dev
ENV VERSION=${VERSION}
CMD ["sh", "shop.sh"]
