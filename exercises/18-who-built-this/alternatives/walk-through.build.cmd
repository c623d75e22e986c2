# Goes through all build arguments and prints the right one.
docker buildx imagetools inspect \
  --format "{{ range \$name, \$value := .Provenance.SLSA.invocation.parameters.args }}{{ if eq \$name \"build-arg:RECIPE\" }}{{ \$value }}{{ end }}{{ end }}" \
  $REGISTRY/kitchen/green
