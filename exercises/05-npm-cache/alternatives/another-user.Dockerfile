# A separate stage installs, as a user with another home folder.
FROM lab/node AS packages
RUN mkdir /app && chown 1000:1000 /app
USER 1000:1000
ENV HOME=/home/board
WORKDIR /app
COPY --chown=1000:1000 package.json package-lock.json ./
RUN --mount=type=cache,target=/home/board/.npm,uid=1000,gid=1000 npm ci

FROM lab/node
WORKDIR /srv
COPY --from=packages /app/node_modules node_modules
COPY package.json board.js ./
CMD ["node", "/srv/board.js"]
