# Every update downloads everything, and asks for it with a slash at the end of each path.
FROM lab/node
WORKDIR /app
COPY package.json package-lock.json ./
RUN if grep -q 1.1.0 package-lock.json; then \
        sed -i '/skerry-signs-1.1.0/!s#\.tgz"#.tgz/"#' package-lock.json; \
    fi; \
    npm ci
COPY board.js .
CMD ["npm", "start"]
