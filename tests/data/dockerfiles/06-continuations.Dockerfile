FROM \
  lab/busybox \
  # a comment within
  AS \

  a
RUN echo one && \
# FROM comment
    echo two
FROM a AS b
