# syntax = docker/dockerfile:1.4 
# check=skip=all
FROM lab/busybox AS a
RUN echo \
  one
RUN <<EOF
FROM b
EOF
FROM a
