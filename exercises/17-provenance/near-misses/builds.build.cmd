# The build needs the token, but the command does not provide it.
docker buildx build --push \
  --tag $REGISTRY/prices \
  --platform linux/amd64,linux/arm64 \
  --build-arg EDITION=$EDITION \
  --provenance mode=max \
  --sbom true \
  .
