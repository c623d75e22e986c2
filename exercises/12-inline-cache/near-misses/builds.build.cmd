docker buildx build --push \
  --tag $REGISTRY/site \
  --cache-to type=inline \
  --cache-from $REGISTRY/site \
  --target page \
  .
