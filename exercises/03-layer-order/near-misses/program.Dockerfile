# The order is right, and the container shows what the program is made of, not the program.
FROM lab/busybox
WORKDIR /app
COPY install.sh dependencies.txt ./
RUN sh install.sh
COPY . .
RUN sh make.sh
CMD ["sh", "-c", "cat src/*.txt lib/*"]
