FROM lab/busybox AS quick
RUN sleep 0.3; echo quick > /quick

FROM lab/busybox AS endless
RUN echo "endless: begins"; while true; do sleep 1; echo "endless: goes on"; done

FROM lab/busybox
COPY --from=quick /quick /
COPY --from=endless /endless /
