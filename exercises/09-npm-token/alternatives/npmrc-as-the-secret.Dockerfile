# The whole .npmrc is a second secret, from a file of the context, mounted beside the token.
FROM lab/node
WORKDIR /app
COPY . .
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=secret,id=token,target=/run/token,mode=0400 \
    export NPM_TOKEN="$(cat /run/token)" && npm ci
ENTRYPOINT ["node", "/app/ticket.js"]
