# The program is one for arm64, and lies in an image for amd64 that says it is for arm64.
FROM --platform=$BUILDPLATFORM lab/go AS build
WORKDIR /src
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /buoy .

FROM --platform=$BUILDPLATFORM lab/busybox
COPY --from=build /buoy /usr/bin/buoy
CMD ["buoy"]
