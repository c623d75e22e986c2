# syntax=docker/dockerfile:1
FROM lab/busybox
ADD git@git.lab:team/recipes.git#v1 /recipes
CMD ["sh", "-c", "cat /recipes/*.txt"]
