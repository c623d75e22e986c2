docker buildx build --secret id=UPLOAD_KEY --secret id=DATABASE_KEY --secret id=LICENCE_KEY --secret id=SIGNING_KEY,src=signing.key .
