# What the program should say, written down, and nothing is installed or made.
FROM lab/busybox
WORKDIR /app
COPY src src
RUN { cat src/title.txt src/events.txt; echo 'made with:'; echo calendar; echo fonts; echo maps; } > program.txt
CMD ["cat", "program.txt"]
