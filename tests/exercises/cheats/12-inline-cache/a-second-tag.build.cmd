# The cache comes from a second name of the image, which somebody has to look after.
docker buildx build --push \
  --tag $REGISTRY/site --tag $REGISTRY/site:buildcache \
  --cache-to type=inline \
  --cache-from $REGISTRY/site:buildcache \
  .
