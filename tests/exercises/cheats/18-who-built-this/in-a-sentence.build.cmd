# Prints the recipe, and a sentence around it.
docker buildx imagetools inspect $REGISTRY/kitchen/green \
  --format 'The recipe is {{ index .Provenance.SLSA.invocation.parameters.args "build-arg:RECIPE" }}, or so they say'
