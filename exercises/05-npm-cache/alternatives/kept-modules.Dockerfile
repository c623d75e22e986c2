# node_modules itself is the cache mount. npm updates it, and the image gets a copy.
FROM lab/node
WORKDIR /install
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/install/node_modules,sharing=locked \
    npm install && mkdir /app && cp -r node_modules /app/
WORKDIR /app
COPY package.json board.js ./
CMD ["npm", "start"]
