# One instruction downloads, the next one installs from the same folder.
FROM lab/debian AS station
RUN echo > /etc/apt/apt.conf.d/docker-clean
WORKDIR /etc/station
COPY packages.txt .
RUN --mount=type=cache,target=/var/cache/apt/archives,sharing=locked \
    apt-get update && sed '/^#/d' packages.txt | xargs apt-get install -y --download-only
RUN --mount=type=cache,target=/var/cache/apt/archives,sharing=locked \
    sed '/^#/d' packages.txt | xargs apt-get install -y --no-install-recommends

FROM station
CMD cat packages.txt && skerry-tides
