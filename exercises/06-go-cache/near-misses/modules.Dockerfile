# Compiled packages are kept, downloaded modules are not.
FROM lab/go AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build go build -o /quay .

FROM scratch
COPY --from=build /quay /
CMD ["/quay"]
