# The stage with everything in it is released under another name; the image is not there at all.
docker buildx build --push \
  --tag $REGISTRY/greet:tools --target build \
  --cache-to type=registry,ref=$REGISTRY/greet:cache,mode=max \
  --cache-from type=registry,ref=$REGISTRY/greet:cache \
  .
