docker buildx build \
  --output type=registry,name=$REGISTRY/site \
  --cache-to=type=inline \
  --cache-from=type=registry,ref=$REGISTRY/site \
  .
