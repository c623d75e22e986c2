docker buildx build --push --secret id=NPM_TOKEN --build-arg VERSION --platform linux/arm64 --platform linux/amd64 \
  -t $REGISTRY/ticket:latest -t $REGISTRY/ticket:$VERSION --sbom=true --cache-to type=registry,ref=$REGISTRY/ticket:buildcache,mode=max .
