# The Dockerfile has its own copy of the list, and dependencies.txt is no longer read.
FROM lab/busybox
WORKDIR /app
COPY install.sh .
RUN printf 'calendar\nfonts\nmaps\n' > dependencies.txt && sh install.sh
COPY make.sh .
COPY src src
RUN sh make.sh
CMD ["cat", "program.txt"]
