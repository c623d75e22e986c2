docker buildx build --push \
  --tag $REGISTRY/site \
  --label moby.buildkit.cache.v0=W10= \
  --cache-to type=registry,ref=$REGISTRY/site:cache \
  --cache-from type=registry,ref=$REGISTRY/site:cache \
  .
