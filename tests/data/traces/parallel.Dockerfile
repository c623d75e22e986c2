FROM lab/busybox AS api
WORKDIR /src
COPY hello.txt .
RUN for n in 1 2 3; do echo "api: part $n"; sleep 0.5; done; cp hello.txt /api

FROM lab/busybox AS web
RUN sleep 1; echo "web: naïve café ✓"; echo "web: a note on stderr" >&2; echo web > /web

FROM lab/busybox AS test
COPY --from=api /api /api
RUN sleep 5

FROM web AS docs
RUN sleep 5

FROM lab/busybox
COPY --from=api /api /api
RUN --mount=from=web,source=/web,target=/tmp/web cat /api /tmp/web > /all
