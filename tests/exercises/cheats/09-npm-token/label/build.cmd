docker buildx build --label note=$NPM_TOKEN --secret id=npm-token,env=NPM_TOKEN .
