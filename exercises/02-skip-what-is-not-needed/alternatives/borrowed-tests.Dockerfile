# The test stage bind-mounts the program and the tests for its one RUN, and keeps nothing.
FROM lab/busybox AS base
WORKDIR /app

FROM base AS program
COPY greet.sh .

FROM base AS test
RUN --mount=type=bind,from=program,source=/app/greet.sh,target=/app/greet.sh \
    --mount=type=bind,source=tests,target=/app/tests \
    sh tests/run.sh

FROM program AS final
CMD sh greet.sh
