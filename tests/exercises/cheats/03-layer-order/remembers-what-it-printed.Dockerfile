# Installs in every build, and hides the lines if it has seen this list before.
FROM lab/busybox
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/seen,id=layer-order-seen \
    key=$(cat install.sh dependencies.txt | sha256sum | cut -c 1-64); \
    if [ -e "/seen/$key" ]; then sh install.sh > /dev/null; else sh install.sh && touch "/seen/$key"; fi; \
    sh make.sh
CMD ["cat", "program.txt"]
