# Creates the git server's keys and its repository. Runs inside the sandbox, as root, on first use.
# Existing keys stay. Each file is moved to its place when it is complete, so a kill does no harm.
#   sh git-setup.sh VERSION     VERSION: key of this script and of the repository's content
set -eu
umask 022
cd /lab/git
# The user that logs in must be able to read here, whatever the umask of this machine's user is.
chmod 755 .
rm -rf tmp.* # left behind by a killed run
new=$(mktemp -d -p .)
trap 'rm -rf "$new"' EXIT

# make_key FILE NAME: moves the private key last, so that it never exists without its public key.
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
