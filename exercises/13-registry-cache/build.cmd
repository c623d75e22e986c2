docker buildx build --push \
  --tag $REGISTRY/greet \
  --cache-to type=inline \
  --cache-from $REGISTRY/greet \
  .
