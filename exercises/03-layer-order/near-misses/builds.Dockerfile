# The list comes first, and the installer does not come at all.
FROM lab/busybox
WORKDIR /app
COPY dependencies.txt .
RUN sh install.sh
COPY . .
RUN sh make.sh
CMD ["cat", "program.txt"]
