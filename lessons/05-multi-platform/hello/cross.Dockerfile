FROM --platform=$BUILDPLATFORM lab/go AS build
WORKDIR /src
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /hello .

FROM lab/busybox
COPY --from=build /hello /hello
CMD ["/hello"]
