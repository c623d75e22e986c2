# The program is built, but the image starts another path.
FROM lab/go AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    go build -o /quay .

FROM scratch
COPY --from=build /quay /bin/
CMD ["/quay"]
