docker buildx imagetools inspect $REGISTRY/kitchen/green \
  --format '{{ with .Provenance.SLSA.invocation }}{{ with .parameters.args }}{{ json (index . "build-arg:RECIPE") }}{{ end }}{{ end }}'
