# A folder for each list of packages: an update begins with an empty one.
FROM lab/debian
COPY packages.txt /etc/station/
RUN --mount=type=cache,target=/kept,sharing=locked \
    folder=/kept/$(sed '/^#/d' /etc/station/packages.txt | sha256sum | cut -c 1-8) \
    && mkdir -p $folder/partial && apt-get update \
    && sed '/^#/d' /etc/station/packages.txt \
    | xargs apt-get install -y --no-install-recommends -o Dir::Cache::archives=$folder
CMD ["sh", "-c", "cat /etc/station/packages.txt && skerry-tides"]
