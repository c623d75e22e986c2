# The installation bind-mounts the files that it reads; none of them is copied into the image.
FROM lab/busybox
WORKDIR /app
RUN --mount=type=bind,source=install.sh,target=install.sh \
    --mount=type=bind,source=dependencies.txt,target=dependencies.txt \
    sh install.sh
COPY . .
RUN sh make.sh
CMD cat program.txt
