# All four keys are mounted as files at their default paths, for one command.
FROM lab/busybox
WORKDIR /release
RUN --mount=type=bind,source=proof.sh,target=/proof.sh \
    --mount=type=secret,id=UPLOAD_KEY,required=true \
    --mount=type=secret,id=DATABASE_KEY,required=true \
    --mount=type=secret,id=SIGNING_KEY,required=true \
    --mount=type=secret,id=LICENCE_KEY,required=true \
    cd /run/secrets && \
    for key in upload:UPLOAD_KEY database:DATABASE_KEY signing:SIGNING_KEY licence:LICENCE_KEY; do \
      sh /proof.sh "${key%:*}" < "${key#*:}" >> /release/proofs.txt; \
    done
CMD cat /release/proofs.txt
