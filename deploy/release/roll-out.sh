#!/bin/bash
# Rolls a release out to an environment on AWS, watches it, and goes back to the
# release before when it is not well:
#
#   roll-out.sh ENVIRONMENT RELEASE WATCH READY_URL
#
# deploy/aws replaces machines, a third of the API first, and goes back by itself
# while alarms ring; the gate after it (deploy/release) watches what doctors get.
# The first release of an environment has none to go back to: it is only watched.
set -euo pipefail
[ $# = 4 ] || { echo "usage: roll-out.sh ENVIRONMENT RELEASE WATCH READY_URL" >&2; exit 2; }
environment=$1 release=$2 watch=$3 ready=$4
cd "$(dirname "$0")/../.."

before=$(aws ssm get-parameters --names "/rounds/$environment/app/rolled-out" --query 'Parameters[0].Value' --output text)
[ "$before" != None ] || before=
echo "$environment: ${before:-nothing} runs, $release comes"
go run ./deploy/aws up "$environment" --version "$release" --yes
undo=()
if [ -n "$before" ] && [ "$before" != "$release" ]; then
  undo=(--roll-back "go run ./deploy/aws up $environment --version $before --yes")
fi
exec go run ./deploy/release --ready "$ready" --for "$watch" "${undo[@]}"
