docker buildx build --build-arg NPM_TOKEN --attest type=provenance,disabled=true .
