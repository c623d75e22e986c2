# Without a default, FROM has half a name when nobody gives the argument.
ARG BASE
FROM lab/${BASE}
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
ARG VERSION=dev
ENV VERSION=${VERSION}
CMD ["sh", "shop.sh"]
