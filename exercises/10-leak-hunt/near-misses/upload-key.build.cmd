docker buildx build \
  --build-arg UPLOAD_KEY \
  --secret id=database,env=DATABASE_KEY \
  --secret id=signing,src=signing.key \
  --secret id=licence,env=LICENCE_KEY \
  .
