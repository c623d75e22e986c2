#!/usr/bin/sh
# The login shell of the git server's user: git's own, for paths that begin at the repositories.
#   git-shell.sh -c COMMAND     COMMAND: as git sends it, git-upload-pack 'team/recipes.git'
# git@git.lab:team/… asks for that; ssh://git@git.lab/team/… for the same with a slash before it.
case $2 in
    *" '/"*) set -- "$1" "${2%%" '/"*} '${2#*" '/"}" ;;
esac
exec git-shell "$@"
