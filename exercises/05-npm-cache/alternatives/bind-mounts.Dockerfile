# The package files are bind-mounted, not copied, and npm keeps its downloads at another path.
FROM lab/node
WORKDIR /app
RUN --mount=type=bind,source=package.json,target=package.json \
    --mount=type=bind,source=package-lock.json,target=package-lock.json \
    --mount=type=cache,id=board-packages,target=/var/cache/npm,sharing=locked \
    npm ci --cache /var/cache/npm
COPY . .
CMD ["node", "board.js"]
