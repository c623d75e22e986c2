# The variable has the name of the argument, and a value of its own, which wins.
ARG BASE=busybox
FROM lab/${BASE}
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
ARG VERSION=dev
ENV VERSION=dev
CMD ["sh", "shop.sh"]
