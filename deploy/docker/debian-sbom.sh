#!/bin/bash
# Lists the Debian packages of an image as CycloneDX JSON:
#   debian-sbom.sh IMAGE OUT
# DPKG names another command that prints `name version architecture` a line.
set -euo pipefail
image=${1:?} out=${2:?}
format='${Package} ${Version} ${Architecture}\n'
if [ -n "${DPKG:-}" ]; then
  list=$($DPKG)
elif docker image inspect "$image" >/dev/null 2>&1; then
  list=$(docker run --rm --network none --entrypoint dpkg-query "$image" -W -f "$format")
else
  echo "there is no image $image here (make image TARGET=worker): its Debian packages are not listed" >&2
  exit 0
fi
awk -v image="$image" '
  BEGIN { printf "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"version\":1,\"metadata\":{\"component\":{\"type\":\"container\",\"name\":\"%s\"}},\"components\":[", image }
  NF == 3 { printf "%s{\"type\":\"library\",\"name\":\"%s\",\"version\":\"%s\",\"purl\":\"pkg:deb/debian/%s@%s?arch=%s\"}", sep, $1, $2, $1, $2, $3; sep = "," }
  END { print "]}" }' <<<"$list" >"$out"
