# The tests have a stage, but the image copies the program from it: every build needs them.
FROM lab/busybox AS test
WORKDIR /app
COPY greet.sh .
COPY tests tests
RUN sh tests/run.sh

FROM lab/busybox
WORKDIR /app
COPY --from=test /app/greet.sh .
CMD ["sh", "greet.sh"]
