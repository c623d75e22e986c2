# Everything but the sources is copied at once; the sources come after the installation.
FROM lab/busybox
WORKDIR /app
COPY --exclude=src . .
RUN sh install.sh
COPY src src
RUN sh make.sh
CMD ["cat", "program.txt"]
