# An argument of a stage that is not shipped: the image is clean, and its provenance is not.
FROM lab/node AS install
WORKDIR /app
COPY package.json package-lock.json ./
COPY npmrc /root/.npmrc
ARG NPM_TOKEN
RUN npm ci

FROM lab/node
WORKDIR /app
COPY --from=install /app/node_modules ./node_modules
COPY package.json ticket.js ./
CMD ["node", "ticket.js"]
