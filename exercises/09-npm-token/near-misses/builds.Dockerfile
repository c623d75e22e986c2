# syntax=docker/dockerfile:1
# The mount asks for npm_token, and the command offers npm-token: npm runs without one.
FROM lab/node
WORKDIR /app
COPY package.json package-lock.json ./
COPY npmrc /root/.npmrc
RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN npm ci
COPY ticket.js ./
CMD ["node", "ticket.js"]
