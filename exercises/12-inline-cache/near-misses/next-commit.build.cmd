# The image contains the cache, but no option tells a builder to look there.
docker buildx build --push \
  --tag $REGISTRY/site \
  --cache-to type=inline \
  .
