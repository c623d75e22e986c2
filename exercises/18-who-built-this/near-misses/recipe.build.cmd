# What the label claims, instead of what the builder tells.
docker buildx imagetools inspect $REGISTRY/kitchen/green \
  --format '{{ index .Image.Config.Labels "org.opencontainers.image.version" }}'
