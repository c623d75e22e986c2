# The right order, in a comment.
FROM lab/busybox
WORKDIR /app
# COPY install.sh dependencies.txt ./
# RUN sh install.sh
COPY . .
RUN sh install.sh
RUN sh make.sh
CMD ["cat", "program.txt"]
