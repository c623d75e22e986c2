# The branch's own cache first, which is not there yet, then that of the last release.
docker buildx build --push \
  --tag $REGISTRY/site \
  --cache-to type=inline \
  --cache-from $REGISTRY/site:branch \
  --cache-from $REGISTRY/site \
  .
