# The order is right, but the container shows the sources of the program, not the program.
FROM lab/busybox
WORKDIR /app
COPY install.sh dependencies.txt ./
RUN sh install.sh
COPY . .
RUN sh make.sh
CMD ["sh", "-c", "cat src/*.txt lib/*"]
