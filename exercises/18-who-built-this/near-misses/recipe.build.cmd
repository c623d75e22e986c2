# The right question, to an image whose provenance does not tell the arguments.
docker buildx imagetools inspect $REGISTRY/kitchen/blue \
  --format '{{ index .Provenance.SLSA.invocation.parameters.args "build-arg:RECIPE" }}'
