FROM lab/busybox AS good
RUN sleep 2; echo good > /good

FROM lab/busybox AS bad
RUN sleep 0.5; echo "bad: about to fail"; echo "bad: no such header" >&2; exit 7

FROM lab/busybox
COPY --from=good /good /
COPY --from=bad /bad /
