FROM lab/busybox AS a
FROM lab/busybox AS b
FROM lab/busybox
RUN --mount=type=bind,from=a,target=/a --mount=from=B,target=/b \
    --mount="type=cache,from=a,target=/cache" --network=none \
    --mount=type=bind,"from=lab/tool",source=/usr,target=/tool cat /a/x
RUN --mount=type=cache,target=/root/.cache echo --mount=from=nobody
