# COPY names the files it needs, and BuildKit requests nothing else from the client.
FROM lab/busybox
WORKDIR /board
COPY timetable.csv prepare.sh ./
COPY docs/help.txt docs/
RUN sh prepare.sh
CMD ["cat", "page.txt"]
