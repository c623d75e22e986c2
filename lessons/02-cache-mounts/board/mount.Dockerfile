FROM lab/node
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY board.js .
CMD ["npm", "start"]
