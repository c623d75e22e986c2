FROM --platform=$BUILDPLATFORM lab/go AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build \
    GOARCH=amd64 go build -o /out/amd64/buoy . && \
    GOARCH=arm64 go build -o /out/arm64/buoy .

FROM lab/busybox
ARG TARGETARCH
COPY --from=build /out/$TARGETARCH/buoy /usr/bin/buoy
CMD ["buoy"]
