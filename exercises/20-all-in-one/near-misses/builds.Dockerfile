# syntax=docker/dockerfile:1
# The mount asks for the id npm_token, but the command provides npm-token: npm has no token.
FROM --platform=$BUILDPLATFORM lab/node AS page
WORKDIR /app
COPY package.json package-lock.json ./
COPY npmrc /root/.npmrc
RUN --mount=type=cache,target=/root/.npm \
    --mount=type=secret,id=npm_token,env=NPM_TOKEN \
    npm ci
COPY ticket.js ./
ARG VERSION=dev
RUN node ticket.js > /ticket.txt

FROM lab/busybox
COPY --from=page /ticket.txt /ticket.txt
CMD ["cat", "/ticket.txt"]
