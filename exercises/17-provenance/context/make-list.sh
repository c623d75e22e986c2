#!/bin/sh
# Prints the prices of an edition. A real shop would check the token first.
set -eu
edition=${1:?which edition?}
token=$(cat /run/secrets/shop_token)
echo "Prices, edition $edition, fetched with a token of ${#token} letters"
echo "bread 4"
echo "soup 6"
