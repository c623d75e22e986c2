FROM lab/node AS fares
WORKDIR /fares
ARG NPM_TOKEN
COPY . .
RUN npm ci && node fares.mjs > fares.txt

FROM lab/go AS build
WORKDIR /src
COPY . .
COPY --from=fares /fares/fares.txt ./
RUN go build -o /ferry .

FROM lab/busybox
COPY --from=build /ferry /usr/bin/ferry
CMD ["ferry"]
