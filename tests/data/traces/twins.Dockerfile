FROM lab/busybox AS a
RUN echo needed by nobody

FROM lab/busybox AS b
RUN sleep 1 && echo first

FROM b AS b
RUN echo second

FROM lab/busybox AS a
RUN sleep 1 && echo a

FROM b
COPY --from=a /etc/passwd /a
