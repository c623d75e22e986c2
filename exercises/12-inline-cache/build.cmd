docker buildx build --push \
  --tag $REGISTRY/site \
  .
