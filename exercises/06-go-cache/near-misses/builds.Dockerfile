# The mounts are right, but go.sum, the file with the modules' hashes, is not copied.
FROM lab/go AS build
WORKDIR /src
COPY go.mod main.go ./
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    go build -o /quay .

FROM scratch
COPY --from=build /quay /
CMD ["/quay"]
