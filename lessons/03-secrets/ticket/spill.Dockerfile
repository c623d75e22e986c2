# syntax=docker/dockerfile:1
FROM lab/node
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    cat /root/.npmrc && cp /root/.npmrc npmrc.backup && npm ci
