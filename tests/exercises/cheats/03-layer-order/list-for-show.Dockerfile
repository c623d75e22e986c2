# The list is copied in, so that a new line runs everything again, and then overwritten.
FROM lab/busybox
WORKDIR /app
COPY install.sh dependencies.txt ./
RUN printf 'calendar\nfonts\nmaps\n' > dependencies.txt && sh install.sh
COPY make.sh .
COPY src src
RUN sh make.sh
CMD ["cat", "program.txt"]
