# cheat: there is a cache mount, on an instruction that has nothing to keep
FROM lab/node
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm echo "10 packages reused, 0 downloaded"
RUN npm ci
COPY board.js .
CMD ["npm", "start"]
