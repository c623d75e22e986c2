# A line left over from debugging prints the key.
FROM lab/busybox
WORKDIR /release
COPY proof.sh ./

RUN --mount=type=secret,id=upload,env=UPLOAD_KEY \
    echo "$UPLOAD_KEY" | sh proof.sh upload >> proofs.txt

RUN --mount=type=secret,id=database,env=DATABASE_KEY \
    echo "$DATABASE_KEY" | sh proof.sh database >> proofs.txt

RUN --mount=type=secret,id=signing,target=signing.key \
    sh proof.sh signing < signing.key >> proofs.txt

RUN --mount=type=secret,id=licence,env=LICENCE_KEY \
    env; echo "$LICENCE_KEY" | sh proof.sh licence >> proofs.txt

CMD ["cat", "proofs.txt"]
