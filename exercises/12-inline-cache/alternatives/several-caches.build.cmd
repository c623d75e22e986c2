# First the branch's own cache, which does not exist yet, then the cache of the last release.
docker buildx build --push \
  --tag $REGISTRY/site \
  --cache-to type=inline \
  --cache-from $REGISTRY/site:branch \
  --cache-from $REGISTRY/site \
  .
