FROM --platform=$BUILDPLATFORM lab/go AS build
WORKDIR /src
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /buoy .

FROM lab/busybox
COPY --from=build /buoy /usr/bin/buoy
RUN chmod 755 /usr/bin/buoy
CMD ["buoy"]
