FROM --platform=$BUILDPLATFORM lab/busybox AS builder
ARG TARGETARCH
RUN sleep 0.5; echo "compiled for $TARGETARCH" > /app

FROM lab/busybox
COPY --from=builder /app /app
RUN uname -m; cat /app
