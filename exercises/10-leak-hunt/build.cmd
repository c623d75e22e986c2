# The variables UPLOAD_KEY, DATABASE_KEY and LICENCE_KEY are set when this command runs.
docker buildx build \
  --build-arg UPLOAD_KEY \
  --build-arg DATABASE_KEY \
  --secret id=licence,env=LICENCE_KEY \
  .
