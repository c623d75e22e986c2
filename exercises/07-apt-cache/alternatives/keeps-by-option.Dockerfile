# Packages are kept in a folder of their own, to which nothing in the image's settings refers.
FROM lab/debian
RUN --mount=type=bind,source=packages.txt,target=/packages.txt \
    --mount=type=cache,id=station,target=/kept,sharing=locked \
    mkdir -p /kept/partial && apt-get update \
    && sed '/^#/d' /packages.txt \
    | xargs apt-get install -y --no-install-recommends -o Dir::Cache::archives=/kept
COPY packages.txt /etc/station/
CMD ["sh", "-c", "cat /etc/station/packages.txt && skerry-tides"]
