# One build after another works. Of two at once, one fails on apt's lock.
FROM lab/debian
RUN rm -f /etc/apt/apt.conf.d/docker-clean
COPY packages.txt /etc/station/
RUN --mount=type=cache,target=/var/cache/apt \
    --mount=type=cache,target=/var/lib/apt \
    apt-get update \
    && sed '/^#/d' /etc/station/packages.txt | xargs apt-get install -y --no-install-recommends
CMD ["sh", "-c", "cat /etc/station/packages.txt && skerry-tides"]
