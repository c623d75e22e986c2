# The packages are installed in a folder where the program does not look for them.
FROM lab/node
WORKDIR /packages
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
WORKDIR /app
COPY package.json board.js ./
CMD ["npm", "start"]
