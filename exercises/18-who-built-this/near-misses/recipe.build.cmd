# Prints the claim in the label instead of the builder's record.
docker buildx imagetools inspect $REGISTRY/kitchen/green \
  --format '{{ index .Image.Config.Labels "org.opencontainers.image.version" }}'
