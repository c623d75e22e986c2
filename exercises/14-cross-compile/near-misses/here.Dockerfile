FROM --platform=$BUILDPLATFORM lab/go AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build \
    GOOS=linux GOARCH=arm64 go build -o /buoy .

FROM lab/busybox
COPY --from=build /buoy /usr/bin/buoy
CMD ["buoy"]
