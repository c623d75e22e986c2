# An inline cache as well, for builders that have only the image. The import needs one cache.
docker buildx build --push \
  --tag $REGISTRY/greet \
  --cache-to type=inline \
  --cache-to type=registry,ref=$REGISTRY/greet:cache,mode=max \
  --cache-from type=registry,ref=$REGISTRY/greet:cache \
  .
