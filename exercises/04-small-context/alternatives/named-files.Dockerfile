# COPY names what it needs, and BuildKit asks the client for nothing else.
FROM lab/busybox
WORKDIR /board
COPY timetable.csv prepare.sh ./
COPY docs/help.txt docs/
RUN sh prepare.sh
CMD ["cat", "page.txt"]
