# A variable moves npm's folder, and the mount lies beside it.
FROM lab/node
ENV npm_config_cache=/var/npm
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY board.js .
CMD ["npm", "start"]
