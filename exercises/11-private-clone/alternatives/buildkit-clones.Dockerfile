# BuildKit itself clones and uses the agent: no git, no ssh, no mount.
FROM lab/busybox
ARG BRANCH=main
ADD git@git.lab:team/recipes.git#${BRANCH} /recipes
CMD cat /recipes/*.txt
