docker buildx build \
  --output type=image,name=$REGISTRY/greet,push=true \
  --cache-from=$REGISTRY/greet:cache \
  --cache-to=type=registry,mode=max,ref=$REGISTRY/greet:cache \
  .
