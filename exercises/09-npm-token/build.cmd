# NPM_TOKEN is set when this command runs. Without a value, --build-arg reads the variable.
docker buildx build --build-arg NPM_TOKEN .
