docker buildx build \
  --platform linux/amd64,linux/arm64 \
  --tag $REGISTRY/card:1.0 --tag $REGISTRY/card:latest \
  --target card \
  --push .
