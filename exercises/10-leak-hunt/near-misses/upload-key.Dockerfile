# The argument is in a stage that is not part of the image. The provenance has it all the same.
FROM lab/busybox AS upload
COPY proof.sh ./
ARG UPLOAD_KEY
RUN echo "$UPLOAD_KEY" | sh proof.sh upload > proof.txt

FROM lab/busybox
WORKDIR /release
COPY proof.sh ./
COPY --from=upload proof.txt proofs.txt
RUN --mount=type=secret,id=database,env=DATABASE_KEY \
    echo "$DATABASE_KEY" | sh proof.sh database >> proofs.txt
RUN --mount=type=secret,id=signing,target=signing.key \
    sh proof.sh signing < signing.key >> proofs.txt
RUN --mount=type=secret,id=licence,env=LICENCE_KEY \
    echo "$LICENCE_KEY" | sh proof.sh licence >> proofs.txt
CMD ["cat", "proofs.txt"]
