#!/usr/bin/sh
# The login shell of the git server's user: git's own shell, for paths relative to the repositories.
#   git-shell.sh -c COMMAND     COMMAND: as git sends it, git-upload-pack 'team/recipes.git'
# git@git.lab:team/… sends such a path. ssh://git@git.lab/team/… sends it with a leading slash,
# which this script removes.
case $2 in
    *" '/"*) set -- "$1" "${2%%" '/"*} '${2#*" '/"}" ;;
esac
exec git-shell "$@"
