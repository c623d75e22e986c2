# The tests have a stage, and the image takes the program from it: each build needs them.
FROM lab/busybox AS test
WORKDIR /app
COPY greet.sh .
COPY tests tests
RUN sh tests/run.sh

FROM lab/busybox
WORKDIR /app
COPY --from=test /app/greet.sh .
CMD ["sh", "greet.sh"]
