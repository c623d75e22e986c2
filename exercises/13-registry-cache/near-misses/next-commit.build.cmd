# Everything is exported, but one letter is missing in the name that is imported.
docker buildx build --push \
  --tag $REGISTRY/greet \
  --cache-to type=registry,ref=$REGISTRY/greet:cache,mode=max \
  --cache-from type=registry,ref=$REGISTRY/greet:cach \
  .
