docker buildx build --push --tag $REGISTRY/prices \
  --platform linux/amd64,linux/arm64 \
  --build-arg EDITION=$EDITION \
  --secret id=shop_token,env=SHOP_TOKEN \
  --provenance mode=max --sbom true \
  --cache-to type=registry,ref=$REGISTRY/cache-$SHOP_TOKEN,mode=max .
