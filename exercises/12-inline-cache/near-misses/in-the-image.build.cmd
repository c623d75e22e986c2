# The cache hits, but it has the name of the image: nothing under that name can be run.
docker buildx build --push \
  --tag $REGISTRY/site \
  --cache-to type=registry,ref=$REGISTRY/site \
  --cache-from type=registry,ref=$REGISTRY/site \
  .
