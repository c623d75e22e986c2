# The emulated RUN depends on nothing that changes: from the second build on it is in the cache.
FROM --platform=$BUILDPLATFORM lab/go AS build
WORKDIR /src
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /buoy .

FROM lab/busybox
RUN mkdir /logs
COPY --from=build /buoy /usr/bin/buoy
CMD ["buoy"]
