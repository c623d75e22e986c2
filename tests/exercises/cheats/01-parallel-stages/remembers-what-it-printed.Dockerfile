# Makes the assets in every build, and hides their lines if it has seen these inputs before.
FROM lab/busybox AS assets
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/seen,id=site-seen \
    k=$(cat prepare-assets.sh assets/* | sha256sum | cut -c 1-64); \
    if [ -e "/seen/$k" ]; then sh prepare-assets.sh > /log; else sh prepare-assets.sh && touch "/seen/$k"; fi

FROM lab/busybox AS data
WORKDIR /src
COPY prepare-data.sh .
COPY data data
RUN sh prepare-data.sh

FROM lab/busybox
COPY --from=assets /src/site /site
COPY --from=data /src/site /site
CMD ["cat", "/site/assets.txt", "/site/data.txt"]
