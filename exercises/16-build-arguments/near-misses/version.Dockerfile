# The variable has the argument's name and a fixed value, which wins.
ARG BASE=busybox
FROM lab/${BASE}
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
ARG VERSION=dev
ENV VERSION=dev
CMD ["sh", "shop.sh"]
