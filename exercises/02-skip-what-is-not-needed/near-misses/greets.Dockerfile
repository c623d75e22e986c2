# The tests are in the right place, but the last stage has lost its program.
FROM lab/busybox AS app
WORKDIR /app
COPY greet.sh .

FROM app AS test
COPY tests tests
RUN sh tests/run.sh

FROM lab/busybox
CMD ["sh", "/app/greet.sh"]
