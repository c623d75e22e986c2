docker buildx build \
  --secret id=NPM_TOKEN \
  .
