# The list is copied first, as everybody says, and everything else right after it.
FROM lab/busybox
WORKDIR /app
COPY dependencies.txt .
COPY . .
RUN sh install.sh
RUN sh make.sh
CMD ["cat", "program.txt"]
