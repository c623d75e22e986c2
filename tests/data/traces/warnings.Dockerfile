FROM lab/busybox as base
RUN echo base > /base
FROM lab/busybox
ENV API_TOKEN=abc
COPY --from=base /base /
