# The arguments have no defaults; the lines that use the values do.
ARG BASE
FROM lab/${BASE:-busybox}
WORKDIR /shop
COPY catalogue.sh goods.csv ./
RUN ["sh", "catalogue.sh"]
COPY shop.sh ./
ARG VERSION
ENV VERSION=${VERSION:-dev}
CMD ["sh", "shop.sh"]
