# Notes in the image as well, for those who have nothing but the image.
docker buildx build --push \
  --tag $REGISTRY/greet \
  --cache-to type=inline \
  --cache-to type=registry,ref=$REGISTRY/greet:cache,mode=max \
  --cache-from type=registry,ref=$REGISTRY/greet:cache \
  --cache-from $REGISTRY/greet \
  .
