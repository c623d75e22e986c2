docker buildx build --secret id=npm-token,env=NPM_TOKEN .
