# A variable moves npm's folder, so the mount is at the wrong path.
FROM lab/node
ENV npm_config_cache=/var/npm
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY board.js .
CMD ["npm", "start"]
