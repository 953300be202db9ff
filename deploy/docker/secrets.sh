#!/bin/bash
# Makes what compose.yaml wants below ./secrets, and leaves alone what is there:
#   secrets.sh ROUNDS    ROUNDS is the program, to make the keys with
# The certificate (tls.crt, tls.key) and the mail server (smtp_url) are yours.
set -euo pipefail
rounds=$(realpath "${1:?the path of the program rounds}")
dir=${SECRETS_DIR:-$(dirname "$0")/secrets}
mkdir -p "$dir" && cd "$dir"
# The folder is closed; the files are read in their containers by whoever runs there.
chmod 0700 .
make() { [ -s "$1" ] || printf '%s' "$2" >"$1"; }
word() { head -c 24 /dev/urandom | base64 | tr -d '/+=\n'; }
make postgres_password "$(word)"
make database_url "postgres://rounds:$(cat postgres_password)@database/rounds?sslmode=disable"
make s3_access_key "$(word)"
make s3_secret_key "$(word)"
"$rounds" admin keygen --dir .
chmod 0444 ./*
for own in tls.crt tls.key smtp_url; do
  [ -s "$own" ] || echo "still missing: $PWD/$own"
done
