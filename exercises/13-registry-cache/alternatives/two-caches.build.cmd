# Notes in the image as well, for those who have nothing but the image. The import needs one cache.
docker buildx build --push \
  --tag $REGISTRY/greet \
  --cache-to type=inline \
  --cache-to type=registry,ref=$REGISTRY/greet:cache,mode=max \
  --cache-from type=registry,ref=$REGISTRY/greet:cache \
  .
