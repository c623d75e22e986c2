FROM --platform=$BUILDPLATFORM lab/busybox AS build
ARG TARGETARCH
FROM lab/busybox AS base-amd64
FROM lab/busybox AS base-arm64
FROM --platform=linux/arm64 lab/busybox AS fixed
FROM base-${TARGETARCH}
COPY --from=build /x /x
