docker buildx build --push \
  --tag $REGISTRY/greet \
  --cache-to type=registry,ref=$REGISTRY/greet,mode=max \
  --cache-from type=registry,ref=$REGISTRY/greet \
  .
