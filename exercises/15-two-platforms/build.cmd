docker buildx build \
  --tag $REGISTRY/card:1.0 \
  .
