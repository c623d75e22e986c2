FROM lab/debian AS base
RUN rm -f /etc/apt/apt.conf.d/docker-clean

FROM base AS timetable
RUN --mount=type=cache,id=two-archives,target=/var/cache/apt,sharing=shared \
    --mount=type=cache,id=two-lists,target=/var/lib/apt,sharing=shared \
    echo "timetable begins" && apt-get update \
    && apt-get install -y --no-install-recommends skerry-timetable && echo "timetable ends"

FROM base AS lights
RUN --mount=type=cache,id=two-archives,target=/var/cache/apt,sharing=shared \
    --mount=type=cache,id=two-lists,target=/var/lib/apt,sharing=shared \
    echo "lights begins" && apt-get update \
    && apt-get install -y --no-install-recommends skerry-lights && echo "lights ends"

FROM scratch
COPY --from=timetable /usr/bin/skerry-timetable /
COPY --from=lights /usr/share/skerry /skerry
