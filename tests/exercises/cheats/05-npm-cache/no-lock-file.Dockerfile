# cheat: npm takes the newest of what package.json allows, whatever the lock file names
FROM lab/node
WORKDIR /app
COPY package.json ./
RUN --mount=type=cache,target=/root/.npm npm install
COPY board.js .
CMD ["npm", "start"]
