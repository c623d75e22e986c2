# The cache travels in the image, and nobody is told to look there.
docker buildx build --push \
  --tag $REGISTRY/site \
  --cache-to type=inline \
  .
