# The key is mounted as a secret, but the command writes it into a settings file for later.
FROM lab/busybox
WORKDIR /release
COPY proof.sh ./

RUN --mount=type=secret,id=upload,env=UPLOAD_KEY \
    echo "$UPLOAD_KEY" | sh proof.sh upload >> proofs.txt

RUN --mount=type=secret,id=database,env=DATABASE_KEY \
    echo "$DATABASE_KEY" | sh proof.sh database >> proofs.txt && \
    echo "password=$DATABASE_KEY" > settings.ini

RUN --mount=type=secret,id=signing,target=signing.key \
    sh proof.sh signing < signing.key >> proofs.txt

RUN --mount=type=secret,id=licence,env=LICENCE_KEY \
    echo "$LICENCE_KEY" | sh proof.sh licence >> proofs.txt

CMD ["cat", "proofs.txt"]
