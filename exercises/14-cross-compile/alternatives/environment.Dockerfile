ARG BUILDPLATFORM
FROM --platform=${BUILDPLATFORM} lab/go AS tools
WORKDIR /src

FROM tools AS build
ARG TARGETOS
ARG TARGETARCH
ENV GOOS=${TARGETOS} GOARCH=${TARGETARCH} GOCACHE=/cache
COPY go.mod *.go ./
RUN --mount=type=cache,target=/cache,id=buoy go build -o /out/ .

FROM scratch
COPY --from=build /out/buoy /usr/bin/buoy
ENTRYPOINT ["/usr/bin/buoy"]
