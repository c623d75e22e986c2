FROM lab/busybox
ARG OWNER
LABEL owner="${OWNER:?name the owner with --build-arg OWNER=…}"
