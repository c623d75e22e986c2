FROM lab/busybox AS shelf

FROM --platform=$BUILDPLATFORM lab/node AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=NPM_TOKEN \
    --mount=type=bind,source=npmrc,target=/root/.npmrc \
    --mount=type=cache,target=/root/.npm \
    NPM_TOKEN=$(cat /run/secrets/NPM_TOKEN) npm ci

FROM packages AS page
ARG VERSION
COPY ticket.js ./
RUN ["sh", "-c", "node ticket.js > ticket.txt"]

FROM shelf
COPY --from=page /app/ticket.txt /srv/
ENTRYPOINT ["cat", "/srv/ticket.txt"]
