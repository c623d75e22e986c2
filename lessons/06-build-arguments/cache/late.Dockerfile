# The sleeps stand for slow work: a compiler, an installation.
FROM lab/busybox AS tools
RUN sleep 1 && echo "tools" > /tools.txt

FROM lab/busybox AS shop
COPY goods.txt .
RUN sleep 2 && echo "installed" > /installed.txt
COPY --from=tools /tools.txt /
ARG REVISION=unknown
LABEL revision=${REVISION}
