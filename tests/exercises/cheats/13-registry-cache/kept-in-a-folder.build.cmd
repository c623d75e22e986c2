# Both are there, and the hit would come from a folder that another machine does not have.
docker buildx build --push \
  --tag $REGISTRY/greet \
  --cache-to type=registry,ref=$REGISTRY/greet:cache,mode=max \
  --cache-to type=local,dest=cache,mode=max \
  --cache-from type=local,src=cache \
  .
