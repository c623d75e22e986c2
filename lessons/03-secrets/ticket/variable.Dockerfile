# syntax=docker/dockerfile:1
FROM lab/node
WORKDIR /app
COPY package.json package-lock.json ./
COPY npmrc /root/.npmrc
RUN --mount=type=secret,id=npm-token,env=NPM_TOKEN npm ci
COPY ticket.js ./
CMD ["node", "ticket.js"]
