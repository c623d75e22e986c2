FROM lab/go AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build \
    go build -o /hello .

FROM lab/busybox
COPY --from=build /hello /hello
CMD ["/hello"]
