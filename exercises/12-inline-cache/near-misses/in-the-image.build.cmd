# It hits, but the cache has a name of its own, and whoever has the image alone has no cache.
docker buildx build --push \
  --tag $REGISTRY/site \
  --cache-to type=registry,ref=$REGISTRY/site:cache \
  --cache-from type=registry,ref=$REGISTRY/site:cache \
  .
