# cheat: the agent is asked for the branch that everybody knows
FROM lab/git
COPY known_hosts /root/.ssh/known_hosts
RUN --mount=type=ssh git clone git@git.lab:team/recipes.git /recipes
RUN echo "Special of the day: soup" > /recipes/special.txt
CMD ["sh", "-c", "cat /recipes/*.txt"]
