#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that are missing, and nothing else.
#   install.sh run    what `make run` needs
#   install.sh restore  what `make restore-test` needs beside that of make test
#   install.sh test   what `make test` needs as well: a browser, a C compiler
set -euo pipefail

wanted=${1:-run}
missing=()

# need PACKAGE CHECK… adds the package unless the check succeeds.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

postgres_there() { compgen -G '/usr/lib/postgresql/*/bin/postgres'; }
node_version() { node -p 'process.versions.node.split(".")[0]'; }

need ffmpeg command -v ffmpeg
need ffmpeg command -v ffprobe
need postgresql postgres_there
need nodejs command -v node
need npm command -v npm
need fonts-dejavu-core test -f /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
if [ "$wanted" = test ]; then
  need gcc command -v gcc # the race detector needs cgo
  need libc6-dev test -f /usr/include/stdlib.h
  command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || need chromium command -v chromium
fi
[ "$wanted" != restore ] || need pgbackrest command -v pgbackrest

if [ ${#missing[@]} -gt 0 ]; then
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  by_hand="${sudo[*]:-} apt-get install -y ${missing[*]}"
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "missing: ${missing[*]} (on Debian or Ubuntu: $by_hand)" >&2
    exit 1
  fi
  if [ ${#sudo[@]} -gt 0 ] && ! command -v sudo >/dev/null 2>&1; then
    echo "missing: ${missing[*]}. As root: apt-get install -y ${missing[*]}" >&2
    exit 1
  fi
  echo "installing ${missing[*]} (needed once)"
  # Debian's package would start a cluster of its own, which nobody uses here.
  if [[ " ${missing[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${sudo[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  "${sudo[@]}" apt-get update -qq
  if ! "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
    echo "could not install: $by_hand" >&2
    exit 1
  fi
fi

# Debian 12 has Node.js 18: enough to build the pages, too old to drive a
# browser. The package of that name on npm holds just the program.
newest=.bin/nodejs/node_modules/node/bin
[ ! -x "$newest/node" ] || PATH=$PWD/$newest:$PATH
oldest=18
[ "$wanted" = run ] || oldest=20
if [ "$(node_version)" -lt "$oldest" ]; then
  echo "installing Node.js 20 into .bin (needed once)"
  npm install --silent --no-audit --no-fund --prefix .bin/nodejs node@20
fi
