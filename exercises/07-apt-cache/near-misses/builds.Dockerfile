# Without the package lists, apt cannot find any package.
FROM lab/debian
RUN rm -f /etc/apt/apt.conf.d/docker-clean
COPY packages.txt /etc/station/
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    sed '/^#/d' /etc/station/packages.txt | xargs apt-get install -y --no-install-recommends
CMD ["sh", "-c", "cat /etc/station/packages.txt && skerry-tides"]
