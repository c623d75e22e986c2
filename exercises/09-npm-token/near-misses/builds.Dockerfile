# syntax=docker/dockerfile:1
# The mount asks for the id npm_token, but the command provides npm-token: npm has no token.
FROM lab/node
WORKDIR /app
COPY package.json package-lock.json ./
COPY npmrc /root/.npmrc
RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN npm ci
COPY ticket.js ./
CMD ["node", "ticket.js"]
