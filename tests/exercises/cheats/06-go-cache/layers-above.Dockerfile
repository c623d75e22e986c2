# cheat: layers above the sources hold what they are known to need
FROM lab/go AS build
WORKDIR /known
RUN printf 'module known\ngo 1.24\n' > go.mod \
    && printf 'package main\nimport (\n"fmt"\n"time"\n"skerry.lab/tides"\n)\nfunc main() { fmt.Println(tides.HighWater(time.Now())) }\n' > main.go \
    && go get skerry.lab/tides@v1.0.0 && go build -o /dev/null .
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/unused go build -o /quay .

FROM scratch
COPY --from=build /quay /
CMD ["/quay"]
