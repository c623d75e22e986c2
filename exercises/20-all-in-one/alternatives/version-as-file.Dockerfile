FROM --platform=${BUILDPLATFORM} lab/node AS app
WORKDIR /app
COPY . .
RUN --mount=type=secret,id=token,env=NPM_TOKEN,required \
    --mount=type=cache,id=npm,target=/npm,sharing=locked \
    cp npmrc "$HOME/.npmrc" && npm ci --no-audit --cache /npm
ARG VERSION=none
ENV VERSION=${VERSION}
RUN node ticket.js | tee /ticket.txt

FROM scratch AS files
COPY --from=app /ticket.txt /

FROM lab/busybox
COPY --from=files / /
CMD ["cat", "ticket.txt"]
