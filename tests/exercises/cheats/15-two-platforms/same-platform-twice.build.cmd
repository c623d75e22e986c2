# Two platforms are named, and one image is made.
docker buildx build \
  --platform linux/amd64,linux/amd64 \
  --tag $REGISTRY/card:1.0 --tag $REGISTRY/card:latest \
  --push .
