docker buildx imagetools inspect $REGISTRY/kitchen/red \
  --format '{{ json .Image.Config.Labels }}'
