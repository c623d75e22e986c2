# cheat: nobody is in the way of the other one, since each has a folder of its own
FROM lab/debian
RUN rm -f /etc/apt/apt.conf.d/docker-clean
COPY packages.txt /etc/station/
RUN --mount=type=cache,target=/var/cache/apt,sharing=private \
    --mount=type=cache,target=/var/lib/apt,sharing=private \
    apt-get update \
    && sed '/^#/d' /etc/station/packages.txt | xargs apt-get install -y --no-install-recommends
CMD ["sh", "-c", "cat /etc/station/packages.txt && skerry-tides"]
