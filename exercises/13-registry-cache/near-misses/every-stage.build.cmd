# The cache is complete and it hits, but the image went to another name.
docker buildx build --push \
  --tag $REGISTRY/greeting \
  --cache-to type=registry,ref=$REGISTRY/greet:cache,mode=max \
  --cache-from type=registry,ref=$REGISTRY/greet:cache \
  .
