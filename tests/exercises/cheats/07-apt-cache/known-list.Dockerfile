# cheat: what is installed is written down, and the list is for show
FROM lab/debian
RUN rm -f /etc/apt/apt.conf.d/docker-clean
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get update && apt-get install -y skerry-tides skerry-lights
COPY packages.txt /etc/station/
CMD ["sh", "-c", "cat /etc/station/packages.txt && skerry-tides"]
