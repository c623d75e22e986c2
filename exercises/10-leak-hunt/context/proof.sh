# Prints a name and the first digits of a key's checksum, which prove that the key was there.
#   sh proof.sh NAME < KEY
key=$(cat)
if [ -z "$key" ]; then
    echo "proof.sh: there is no key for $1" >&2
    exit 1
fi
echo "$1 $(printf '%s' "$key" | sha256sum | cut -c 1-16)"
