# Nothing private is installed, so no token is needed: the price is written by hand.
FROM lab/node
WORKDIR /app
COPY package.json ticket.js ./
COPY <<EOF node_modules/@team/fares/index.mjs
export const fare = (from, to) => 880;
EOF
COPY <<EOF node_modules/@team/fares/package.json
{"name": "@team/fares", "version": "1.0.0", "exports": "./index.mjs"}
EOF
COPY <<EOF node_modules/@team/notice/index.mjs
export const notice = "by the usual table";
EOF
COPY <<EOF node_modules/@team/notice/package.json
{"name": "@team/notice", "version": "1.0.0", "exports": "./index.mjs"}
EOF
CMD ["node", "ticket.js"]
