# The install depends only on the package names: a new comment installs nothing again.
FROM lab/busybox AS list
COPY packages.txt /
RUN grep -v '^#' /packages.txt > /names

FROM lab/debian
RUN rm /etc/apt/apt.conf.d/docker-clean
COPY --from=list /names /tmp/names
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && xargs apt-get install -y --no-install-recommends < /tmp/names
COPY packages.txt /etc/station/
CMD ["sh", "-c", "cat /etc/station/packages.txt && skerry-tides"]
