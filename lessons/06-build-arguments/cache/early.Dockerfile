# The sleeps stand for slow work: a compiler, an installation.
FROM lab/busybox AS tools
RUN sleep 1 && echo "tools" > /tools.txt

FROM lab/busybox AS shop
ARG REVISION=unknown
COPY goods.txt .
RUN sleep 2 && echo "installed" > /installed.txt
COPY --from=tools /tools.txt /
LABEL revision=${REVISION}
