# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM lab/node as page
WORKDIR /app
COPY package.json package-lock.json ./
COPY npmrc /root/.npmrc
RUN --mount=type=cache,target=/root/.npm \
    --mount=type=secret,id=npm-token,env=NPM_TOKEN,required=true \
    npm ci
COPY ticket.js ./
ARG VERSION=dev
RUN node ticket.js > /ticket.txt

FROM lab/busybox
COPY --from=page /ticket.txt /ticket.txt
CMD ["cat", "/ticket.txt"]
