# The word is there, and the compiler runs on the wrong side all the same.
FROM --platform=$BUILDPLATFORM lab/busybox AS native

FROM --platform=$TARGETPLATFORM lab/go AS build
WORKDIR /src
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /buoy .

FROM lab/busybox
COPY --from=build /buoy /usr/bin/buoy
CMD ["buoy"]
