# Go keeps modules and compiled packages in one folder, and the sources are bind-mounted.
FROM lab/go AS build
ENV GOMODCACHE=/kept/modules GOCACHE=/kept/compiled
RUN --mount=type=bind,target=/src \
    --mount=type=cache,id=quay,target=/kept,sharing=locked \
    go build -C /src -o /quay .

FROM scratch
COPY --from=build /quay /
CMD ["/quay"]
