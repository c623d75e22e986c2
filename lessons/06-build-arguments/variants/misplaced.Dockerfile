FROM lab/busybox AS base-small
RUN echo "a shop with the tools of busybox" > /variant.txt

FROM lab/debian AS base-full
RUN echo "a shop with the tools of Debian" > /variant.txt

ARG VARIANT=small
FROM base-${VARIANT}
CMD ["cat", "/variant.txt"]
