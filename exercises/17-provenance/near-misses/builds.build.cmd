# The token is not handed over, and the build asks for it.
docker buildx build --push \
  --tag $REGISTRY/prices \
  --platform linux/amd64,linux/arm64 \
  --build-arg EDITION=$EDITION \
  --provenance mode=max \
  --sbom true \
  .
