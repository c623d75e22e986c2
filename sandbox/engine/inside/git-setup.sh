# Makes the git server's keys and its repository. Run inside, as root, on first use; what is there
# and whole stays. A kill at any moment leaves nothing that counts as made.
#   sh git-setup.sh VERSION     VERSION: of what this script and the repository are made from
set -eu
umask 022
cd /lab/git
# Whoever logs in reads here, however private this machine's user keeps new files.
chmod 755 .
rm -rf tmp.* # of one that was killed
new=$(mktemp -d -p .)
trap 'rm -rf "$new"' EXIT

# make_key FILE NAME: the file itself comes last, so that it never stands without its other half.
make_key() {
    [ ! -e "$1" ] || return 0
    ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$new/key"
    mv "$new/key.pub" "$1.pub"
    mv "$new/key" "$1"
}
make_key host_key git.lab
mkdir -p -m 700 /lab/ssh
make_key /lab/ssh/id_ed25519 learner@buildkit-lab
cp /lab/ssh/id_ed25519.pub authorized_keys

git init --quiet --bare --template= --object-format=sha1 --initial-branch=main "$new/recipes.git"
git -C "$new/recipes.git" fast-import --quiet --done < /lab/run/inside/recipes.fast-import
rm -rf team
mkdir team
mv "$new/recipes.git" team
printf '%s' "$1" > version
