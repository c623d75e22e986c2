FROM lab/debian AS tool
RUN echo never

FROM lab/nothing
COPY --from=tool /etc/os-release /tool
COPY --from=lab/debian /etc/os-release /debian
RUN --mount=from=lab/git,target=/git ls /git
