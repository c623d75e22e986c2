# cheat: what was installed once is taken ever after, whatever the lock file says
FROM lab/node
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/kept \
    if [ -d /kept/node_modules ]; then cp -r /kept/node_modules .; \
    else npm ci && cp -r node_modules /kept/; fi
COPY board.js .
CMD ["npm", "start"]
