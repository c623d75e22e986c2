docker buildx build --secret id=a,env=UPLOAD_KEY --secret id=b,env=DATABASE_KEY --secret id=d,env=LICENCE_KEY .
