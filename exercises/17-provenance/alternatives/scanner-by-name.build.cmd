# true means max as well, the scanner is named, and each platform has its own option.
docker buildx build \
  --output type=registry,name=$REGISTRY/prices \
  --platform linux/arm64 --platform linux/amd64 \
  --build-arg EDITION=$EDITION \
  --secret id=shop_token,env=SHOP_TOKEN \
  --provenance=true \
  --sbom=generator=lab/sbom-scanner \
  .
