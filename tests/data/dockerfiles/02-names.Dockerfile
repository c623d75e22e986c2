# syntax=docker/dockerfile:1.7
FROM lab/busybox AS Build
FROM build as test.unit_1-a
FROM scratch
COPY --from=0 /a /a
COPY --from=Test.Unit_1-A /b /b
COPY --from=lab/tool /c /c
COPY --from=scratch /d /d
