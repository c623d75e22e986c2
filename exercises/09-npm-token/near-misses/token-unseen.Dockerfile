# An argument in a stage that is not part of the image: the image is clean, its provenance is not.
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
