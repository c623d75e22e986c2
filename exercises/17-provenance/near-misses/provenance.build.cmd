# The provenance records everything, the token too.
docker buildx build --push \
  --tag $REGISTRY/prices \
  --platform linux/amd64,linux/arm64 \
  --build-arg EDITION=$EDITION \
  --build-arg SHOP_TOKEN \
  --secret id=shop_token,env=SHOP_TOKEN \
  --provenance mode=max \
  --sbom true \
  .
