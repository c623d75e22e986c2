# cheat: the solution is there, in comments
# FROM lab/busybox AS assets
# RUN sh prepare-assets.sh
# FROM lab/busybox AS data
# RUN sh prepare-data.sh
FROM lab/busybox
WORKDIR /src
COPY . .
RUN sh prepare-assets.sh
RUN sh prepare-data.sh
CMD ["cat", "/src/site/assets.txt", "/src/site/data.txt"]
