# cheat: the program is another one, which needs no packages
FROM lab/node
WORKDIR /app
COPY package.json board.js ./
RUN --mount=type=cache,target=/root/.npm \
    grep -v -e import -e departures board.js > short.js \
    && echo 'console.log("06:40  Skerry  Holm"); console.log("07:15  Holm  Little Holm")' >> short.js
CMD ["node", "short.js"]
