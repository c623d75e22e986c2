docker buildx build --platform linux/amd64,linux/arm64 --secret "id=token,env=NPM_TOKEN" --build-arg "VERSION=${VERSION}" \
  --cache-to=type=inline --cache-to=type=registry,ref=$REGISTRY/ticket:cache,mode=max \
  --cache-from=type=registry,ref=$REGISTRY/ticket:branch --cache-from=type=registry,ref=$REGISTRY/ticket:cache \
  --output type=image,push=true --provenance=mode=max --sbom=generator=lab/sbom-scanner --tag $REGISTRY/ticket:latest --tag "$REGISTRY/ticket:${VERSION}" .
