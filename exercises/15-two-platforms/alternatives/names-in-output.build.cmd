# Both names are in the output itself, quoted because of the comma between them.
docker buildx build \
  --platform "linux/amd64,linux/arm64" \
  --provenance=false \
  --output 'type=image,"name='$REGISTRY'/card:1.0,'$REGISTRY'/card:latest",push=true' \
  --file Dockerfile \
  ./
