# The dependencies have a stage, the program has another, and the image contains only the result.
FROM lab/busybox AS dependencies
WORKDIR /deps
COPY install.sh .
COPY dependencies.txt .
RUN sh install.sh

FROM lab/busybox AS program
WORKDIR /work
COPY . .
COPY --from=dependencies /deps/lib lib
RUN sh make.sh

FROM lab/busybox
COPY --from=program /work/program.txt /
ENTRYPOINT ["cat", "/program.txt"]
