FROM lab/node
WORKDIR /app
COPY package.json package-lock.json ./
COPY .npmrc /root/.npmrc
RUN npm ci
RUN rm /root/.npmrc
COPY ticket.js ./
CMD ["node", "ticket.js"]
