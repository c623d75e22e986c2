FROM --platform=$BUILDPLATFORM lab/go AS source
WORKDIR /src
COPY . .

FROM source AS build-amd64
RUN --mount=type=cache,target=/root/.cache/go-build GOARCH=amd64 go build -o /buoy .

FROM source AS build-arm64
RUN --mount=type=cache,target=/root/.cache/go-build GOARCH=arm64 go build -o /buoy .

FROM build-$TARGETARCH AS build

FROM lab/busybox
COPY --from=build --chmod=755 /buoy /usr/bin/buoy
CMD ["buoy"]
