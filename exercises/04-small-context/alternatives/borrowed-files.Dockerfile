# Two stages: the first bind-mounts the files it reads, the second has the page and nothing else.
FROM lab/busybox AS page
WORKDIR /work
RUN --mount=type=bind,source=timetable.csv,target=timetable.csv \
    --mount=type=bind,source=prepare.sh,target=prepare.sh \
    --mount=type=bind,source=docs/help.txt,target=docs/help.txt \
    sh prepare.sh

FROM lab/busybox
COPY --from=page /work/page.txt /
ENTRYPOINT ["cat", "/page.txt"]
