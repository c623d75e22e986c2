docker buildx build \
  --platform linux/amd64,linux/arm64 \
  --build-arg VERSION=$VERSION \
  --secret id=npm-token,env=NPM_TOKEN \
  --cache-from type=registry,ref=$REGISTRY/ticket:cache \
  --cache-to type=registry,ref=$REGISTRY/ticket:cache,mode=max \
  --sbom true \
  --tag $REGISTRY/ticket:$VERSION --tag $REGISTRY/ticket:latest \
  --push .
