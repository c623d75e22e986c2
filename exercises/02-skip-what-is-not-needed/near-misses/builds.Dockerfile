# The last stage copies the program from a stage that does not contain it.
FROM lab/busybox AS app
WORKDIR /app
COPY greet.sh .
CMD ["sh", "greet.sh"]

FROM app AS test
COPY tests tests
RUN sh tests/run.sh

FROM lab/busybox
COPY --from=app /app/greeting.sh /app/
CMD ["sh", "/app/greeting.sh"]
