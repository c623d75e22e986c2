docker buildx build --push --tag $REGISTRY/greet \
  --cache-to type=registry,ref=$REGISTRY/greet:cache,mode=max,compression=zstd,compression-level=3,force-compression=true \
  --cache-from type=registry,ref=$REGISTRY/greet:cache \
  .
