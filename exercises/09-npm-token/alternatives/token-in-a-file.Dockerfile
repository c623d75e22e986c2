# The secret is mounted as a file at its default path, and the command reads it into a variable.
FROM lab/node AS install
WORKDIR /app
COPY package*.json ./
RUN --mount=type=secret,id=NPM_TOKEN,required=true \
    --mount=type=bind,source=npmrc,target=/root/.npmrc \
    NPM_TOKEN=$(cat /run/secrets/NPM_TOKEN) npm ci

FROM lab/node
WORKDIR /app
COPY --from=install /app/node_modules node_modules
COPY package.json ticket.js ./
CMD node ticket.js
