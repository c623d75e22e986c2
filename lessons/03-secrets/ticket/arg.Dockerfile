FROM lab/node
WORKDIR /app
COPY package.json package-lock.json ./
COPY npmrc /root/.npmrc
ARG NPM_TOKEN
RUN npm ci
COPY ticket.js ./
CMD ["node", "ticket.js"]
