docker buildx imagetools inspect $REGISTRY/kitchen/green \
  --format '{{ index .Provenance.SLSA.invocation.parameters.args "build-arg:RECIPE" }}'
