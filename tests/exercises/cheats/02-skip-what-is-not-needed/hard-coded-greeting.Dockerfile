# cheat: the container prints what the program once printed
FROM lab/busybox AS test
WORKDIR /app
COPY . .
RUN sh tests/run.sh

FROM lab/busybox
CMD ["echo", "Good morning, world (3f786850e387550f)"]
