docker buildx build --push \
  --tag $REGISTRY/prices \
  --platform linux/amd64,linux/arm64 \
  --build-arg EDITION=spring \
  --secret id=shop_token,env=SHOP_TOKEN \
  --provenance mode=max \
  --sbom true \
  .
