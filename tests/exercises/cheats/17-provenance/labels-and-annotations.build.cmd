# Claims in the image's own words, where attestations were asked for.
docker buildx build --push \
  --tag $REGISTRY/prices \
  --platform linux/amd64,linux/arm64 \
  --build-arg EDITION=$EDITION \
  --secret id=shop_token,env=SHOP_TOKEN \
  --provenance false \
  --label edition=$EDITION --label provenance=mode=max \
  --annotation vnd.docker.reference.type=attestation-manifest \
  .
