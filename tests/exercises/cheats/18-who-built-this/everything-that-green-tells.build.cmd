# The recipe is in there, for who finds it.
docker buildx imagetools inspect $REGISTRY/kitchen/green \
  --format '{{ json .Provenance.SLSA }}'
