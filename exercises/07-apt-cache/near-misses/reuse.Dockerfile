# The folder is named after the last line of the list: an update starts with an empty folder.
FROM lab/debian
COPY packages.txt /etc/station/
RUN --mount=type=cache,target=/kept,sharing=locked \
    folder=/kept/$(tail -n 1 /etc/station/packages.txt | sed '/^#/d') \
    && mkdir -p $folder/partial && apt-get update \
    && sed '/^#/d' /etc/station/packages.txt \
    | xargs apt-get install -y --no-install-recommends -o Dir::Cache::archives=$folder
CMD ["sh", "-c", "cat /etc/station/packages.txt && skerry-tides"]
