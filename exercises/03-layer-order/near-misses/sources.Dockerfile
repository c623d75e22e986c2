# The list is copied first, as it should be, but everything else comes right after it.
FROM lab/busybox
WORKDIR /app
COPY dependencies.txt .
COPY . .
RUN sh install.sh
RUN sh make.sh
CMD ["cat", "program.txt"]
