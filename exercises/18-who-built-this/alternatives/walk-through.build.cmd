# Goes through all arguments of the build and prints the one.
docker buildx imagetools inspect \
  --format "{{ range \$name, \$value := .Provenance.SLSA.invocation.parameters.args }}{{ if eq \$name \"build-arg:RECIPE\" }}{{ \$value }}{{ end }}{{ end }}" \
  $REGISTRY/kitchen/green
