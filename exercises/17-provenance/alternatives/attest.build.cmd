# The long form, with the newer version of the format.
docker buildx build --push \
  --tag $REGISTRY/prices \
  --platform linux/amd64,linux/arm64 \
  --build-arg EDITION \
  --secret id=shop_token,env=SHOP_TOKEN \
  --attest type=provenance,mode=max,version=v1 \
  --attest type=sbom \
  .
