# The build writes the version into a file, and the command reads it when the container starts.
ARG BASE=busybox
FROM lab/${BASE}
WORKDIR /shop
COPY . .
RUN sh catalogue.sh
ARG VERSION=dev
RUN printf '%s' "$VERSION" > version
CMD ["sh", "-c", "VERSION=$(cat version) exec sh shop.sh"]
