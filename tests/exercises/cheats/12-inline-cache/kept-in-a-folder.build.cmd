# A folder is another machine's only if somebody carries it there.
docker buildx build --push \
  --tag $REGISTRY/site \
  --cache-to type=inline \
  --cache-to type=local,dest=cache,mode=max \
  --cache-from type=local,src=cache \
  .
