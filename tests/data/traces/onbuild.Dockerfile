FROM lab/busybox AS kit
ONBUILD COPY --from=lab/git /etc/os-release /git
ONBUILD RUN --mount=from=tool,target=/tool sleep 1 && ls /tool

FROM lab/busybox AS tool

FROM kit AS app
