# The cache as an image index instead of an image manifest, for registries that need it.
docker buildx build --push -t $REGISTRY/greet:latest \
  --cache-to type=registry,ref=$REGISTRY/greet:cache,mode=max,image-manifest=false \
  --cache-from type=registry,ref=$REGISTRY/greet:cache \
  .
