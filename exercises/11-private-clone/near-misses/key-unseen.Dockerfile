# The clone uses the agent, but COPY . copies the key all the same.
FROM lab/git AS clone
ARG BRANCH=main
COPY . /root/.ssh/
RUN chmod 700 /root/.ssh && rm /root/.ssh/id_ed25519
RUN --mount=type=ssh git clone --branch "$BRANCH" git@git.lab:team/recipes.git /recipes

FROM lab/busybox
COPY --from=clone /recipes/*.txt /recipes/
CMD ["sh", "-c", "cat /recipes/*.txt"]
