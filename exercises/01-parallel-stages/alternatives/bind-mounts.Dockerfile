# Nothing is copied in: each RUN bind-mounts what it reads, and stages go by number.
FROM lab/busybox
WORKDIR /a
RUN --mount=type=bind,source=prepare-assets.sh,target=run.sh \
    --mount=type=bind,source=assets,target=assets \
    sh run.sh

FROM lab/busybox
WORKDIR /b
RUN --mount=type=bind,source=prepare-data.sh,target=run.sh \
    --mount=type=bind,source=data,target=data \
    sh run.sh

FROM lab/busybox
COPY --from=0 /a/site /site
COPY --from=1 /b/site /site
CMD cat /site/*.txt
