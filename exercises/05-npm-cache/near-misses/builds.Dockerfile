# The mount is right, but npm ci has no lock file.
FROM lab/node
WORKDIR /app
COPY package.json .
RUN --mount=type=cache,target=/root/.npm npm ci
COPY board.js .
CMD ["npm", "start"]
