# Downloaded modules are kept, compiled packages are not.
FROM lab/go AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod go build -o /quay .

FROM scratch
COPY --from=build /quay /
CMD ["/quay"]
