FROM lab/busybox AS build
COPY hello.txt .
RUN cp hello.txt /greeting

FROM lab/busybox
COPY --from=build /greeting /greeting
