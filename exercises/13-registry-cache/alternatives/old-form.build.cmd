# As an index instead of an image's manifest, for registries that want it so.
docker buildx build --push -t $REGISTRY/greet:latest \
  --cache-to type=registry,ref=$REGISTRY/greet:cache,mode=max,image-manifest=false \
  --cache-from type=registry,ref=$REGISTRY/greet:cache \
  .
