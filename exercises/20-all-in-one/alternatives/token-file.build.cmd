docker buildx build --push --secret id=NPM_TOKEN --build-arg VERSION --platform linux/arm64 --platform linux/amd64 \
  -t $REGISTRY/ticket:latest -t $REGISTRY/ticket:$VERSION --attest type=sbom \
  --cache-to mode=max,ref=$REGISTRY/ticket:buildcache,type=registry,image-manifest=false --cache-from $REGISTRY/ticket:buildcache .
