# A separate instruction downloads the modules, and both instructions have the same mounts.
FROM lab/go AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY *.go ./
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -o /out/quay

FROM lab/busybox
COPY --from=build /out/quay /usr/local/bin/
ENTRYPOINT ["quay"]
