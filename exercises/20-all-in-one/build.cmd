# The variables NPM_TOKEN and VERSION are set when this is run.
docker buildx build \
  --build-arg NPM_TOKEN \
  --tag $REGISTRY/ticket:$VERSION \
  --push .
