docker buildx build --secret id=npmrc,src=npmrc --secret type=env,id=token,env=NPM_TOKEN .
