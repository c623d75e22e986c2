# apt keeps its packages in another folder, which none of the image's settings mentions.
FROM lab/debian
RUN --mount=type=bind,source=packages.txt,target=/packages.txt \
    --mount=type=cache,id=station,target=/kept,sharing=locked \
    mkdir -p /kept/partial && apt-get update \
    && sed '/^#/d' /packages.txt \
    | xargs apt-get install -y --no-install-recommends -o Dir::Cache::archives=/kept
COPY packages.txt /etc/station/
CMD ["sh", "-c", "cat /etc/station/packages.txt && skerry-tides"]
