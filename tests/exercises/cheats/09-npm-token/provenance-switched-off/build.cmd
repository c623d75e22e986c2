docker buildx build --build-arg NPM_TOKEN --provenance=false .
