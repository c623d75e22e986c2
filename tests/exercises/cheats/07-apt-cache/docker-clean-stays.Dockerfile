# cheat: the mounts are there, and the image's own settings empty them
FROM lab/debian
COPY packages.txt /etc/station/
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update \
    && sed '/^#/d' /etc/station/packages.txt | xargs apt-get install -y --no-install-recommends
CMD ["sh", "-c", "cat /etc/station/packages.txt && skerry-tides"]
