docker buildx build --push \
  --tag $REGISTRY/greet --tag $REGISTRY/greet:cache \
  --cache-to type=inline,mode=max \
  --cache-from $REGISTRY/greet:cache \
  .
