# The variable NPM_TOKEN is set when this is run. Without a value, --build-arg takes it from there.
docker buildx build --build-arg NPM_TOKEN .
