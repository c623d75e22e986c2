# syntax=docker/dockerfile:1
FROM lab/node AS install
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci

FROM install
COPY ticket.js ./
CMD ["node", "ticket.js"]
