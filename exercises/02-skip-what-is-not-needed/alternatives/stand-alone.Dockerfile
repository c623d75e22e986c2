# Two stages that share nothing: each copies the program from the context.
FROM lab/busybox AS test
WORKDIR /work
COPY . .
RUN sh tests/run.sh

FROM lab/busybox
COPY greet.sh /usr/local/greet.sh
ENTRYPOINT ["sh", "/usr/local/greet.sh"]
