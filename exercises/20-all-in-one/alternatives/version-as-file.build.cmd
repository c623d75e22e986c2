docker buildx build --platform linux/amd64,linux/arm64 --secret "id=token,env=NPM_TOKEN" --build-arg "VERSION=${VERSION}" \
  --output type=image,push=true --provenance=mode=max --tag $REGISTRY/ticket:latest --tag "$REGISTRY/ticket:${VERSION}" .
