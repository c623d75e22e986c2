# Without a default, FROM has half a name when the command sets no BASE.
ARG BASE
FROM lab/${BASE}
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
ARG VERSION=dev
ENV VERSION=${VERSION}
CMD ["sh", "shop.sh"]
