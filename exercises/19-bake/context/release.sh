#!/bin/sh
# The release as it is made today: two commands that repeat most options.
set -eu

docker buildx build --target board \
  --platform linux/amd64,linux/arm64 \
  --build-arg "VERSION=$VERSION" \
  --tag "$REGISTRY/board:$VERSION" --tag "$REGISTRY/board:latest" \
  --push .

docker buildx build --target till \
  --platform linux/amd64 \
  --build-arg "VERSION=$VERSION" \
  --build-arg CURRENCY=crowns \
  --tag "$REGISTRY/till:$VERSION" --tag "$REGISTRY/till:latest" \
  --push .
