# Creates or removes a branch of the private repository. Runs inside the sandbox, as root.
#   sh git-branch.sh make NAME FILE TEXT     one commit on top of main, with one more file
#   sh git-branch.sh drop NAME
set -eu
umask 022
cd /lab/git/team/recipes.git
if [ "$1" = drop ]; then
    exec git update-ref -d "refs/heads/$2"
fi
export GIT_AUTHOR_NAME="The Kitchen" GIT_AUTHOR_EMAIL=team@git.lab
export GIT_COMMITTER_NAME="The Kitchen" GIT_COMMITTER_EMAIL=team@git.lab
blob=$(printf '%s' "$4" | git hash-object -w --stdin)
tree=$({ git ls-tree main; printf '100644 blob %s\t%s\n' "$blob" "$3"; } | git mktree)
git update-ref "refs/heads/$2" "$(git commit-tree -p main -m "Write down $3" "$tree")"
