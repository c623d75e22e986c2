# It hits, but under the name that was asked for lies the small cache.
docker buildx build --push \
  --tag $REGISTRY/greet \
  --cache-to type=registry,ref=$REGISTRY/greet:cache,mode=min \
  --cache-to type=registry,ref=$REGISTRY/greet:everything,mode=max \
  --cache-from type=registry,ref=$REGISTRY/greet:everything \
  .
