# cheat: the first build downloads what the update is going to ask for
FROM lab/node
WORKDIR /ahead
COPY update update
RUN cd update && npm ci
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --prefer-offline
COPY board.js .
CMD ["npm", "start"]
