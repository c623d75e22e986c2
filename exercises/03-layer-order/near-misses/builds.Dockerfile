# The list is copied first, but the installer is not copied at all.
FROM lab/busybox
WORKDIR /app
COPY dependencies.txt .
RUN sh install.sh
COPY . .
RUN sh make.sh
CMD ["cat", "program.txt"]
