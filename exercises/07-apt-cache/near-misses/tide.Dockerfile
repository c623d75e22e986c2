# The list is only bind-mounted for the install, so the image has no list to show.
FROM lab/debian
RUN rm -f /etc/apt/apt.conf.d/docker-clean
RUN --mount=type=bind,source=packages.txt,target=/etc/station/packages.txt \
    --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update \
    && sed '/^#/d' /etc/station/packages.txt | xargs apt-get install -y --no-install-recommends
CMD ["sh", "-c", "cat /etc/station/packages.txt && skerry-tides"]
