# BuildKit clones by itself, and asks the agent on its own: no git, no ssh, no mount.
FROM lab/busybox
ARG BRANCH=main
ADD git@git.lab:team/recipes.git#${BRANCH} /recipes
CMD cat /recipes/*.txt
