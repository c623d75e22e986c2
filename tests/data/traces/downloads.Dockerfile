FROM lab/recorded-base AS numbers
COPY hello.txt .
RUN cat hello.txt numbers | wc -l > /count

FROM lab/busybox
COPY --from=numbers /count /
