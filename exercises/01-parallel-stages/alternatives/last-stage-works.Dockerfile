# One preparation has its own stage; the other runs in the last stage.
FROM lab/busybox AS pictures-and-styles
WORKDIR /src
COPY prepare-assets.sh .
COPY assets assets
RUN sh prepare-assets.sh

FROM lab/busybox
WORKDIR /src
COPY prepare-data.sh .
COPY data data
RUN sh prepare-data.sh
COPY --from=pictures-and-styles /src/site/assets.txt site/
CMD ["cat", "site/assets.txt", "site/data.txt"]
