docker buildx imagetools inspect $REGISTRY/kitchen/green \
  --format '{{ .Provenance.Recipe }}'
