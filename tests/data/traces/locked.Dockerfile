FROM lab/busybox AS one
RUN --mount=type=cache,target=/c,sharing=locked sleep 1 && echo one

FROM lab/busybox AS two
RUN --mount=type=cache,target=/c,sharing=locked sleep 1.5 && echo two

FROM lab/busybox
COPY --from=one /etc/passwd /one
COPY --from=two /etc/passwd /two
