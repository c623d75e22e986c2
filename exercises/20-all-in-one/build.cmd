# The variables NPM_TOKEN and VERSION are set when this command runs.
docker buildx build \
  --build-arg NPM_TOKEN \
  --tag $REGISTRY/ticket:$VERSION \
  --push .
