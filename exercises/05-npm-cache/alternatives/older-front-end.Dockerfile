# syntax=docker/dockerfile:1.2
# The first front end that had cache mounts.
FROM lab/node
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
CMD ["npm", "start"]
