FROM lab/busybox
RUN true
