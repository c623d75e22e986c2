# The older way to ask for the notes, and the longer way to ask for their use.
docker buildx build --push \
  --tag $REGISTRY/site:latest \
  --build-arg BUILDKIT_INLINE_CACHE=1 \
  --cache-from type=registry,ref=$REGISTRY/site:latest \
  .
