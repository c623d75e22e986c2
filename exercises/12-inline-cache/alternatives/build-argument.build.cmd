# The older way to export an inline cache, and the longer way to import it.
docker buildx build --push \
  --tag $REGISTRY/site:latest \
  --build-arg BUILDKIT_INLINE_CACHE=1 \
  --cache-from type=registry,ref=$REGISTRY/site:latest \
  .
