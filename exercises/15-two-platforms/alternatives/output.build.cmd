docker buildx build --platform=linux/arm64 --platform=linux/amd64 --output type=registry -t $REGISTRY/card:latest -t $REGISTRY/card:1.0 .
