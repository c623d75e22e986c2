# True asks for max as well; the scanner is named; each platform has an option of its own.
docker buildx build \
  --output type=registry,name=$REGISTRY/prices \
  --platform linux/arm64 --platform linux/amd64 \
  --build-arg EDITION=$EDITION \
  --secret id=shop_token,env=SHOP_TOKEN \
  --provenance=true \
  --sbom=generator=lab/sbom-scanner \
  .
