#!/bin/bash
# Rolls a release out to the Auto Scaling groups of a stage, watches it, and takes
# it back when it is not well:
#
#   aws.sh roll-out        STAGE RELEASE IMAGE_ID WATCH READY_URL GROUP…
#   aws.sh roll-back       STAGE GROUP…
#
# STAGE canary replaces a tenth of each group and stops there (a checkpoint); the
# stage production after it goes on. Machines are replaced by launch-template
# versions: what ran before is the version before, so taking back needs no build.
set -euo pipefail
aws=${AWS:-aws}

template_of() { # GROUP → id of its launch template
  "$aws" autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$1" \
    --query 'AutoScalingGroups[0].LaunchTemplate.LaunchTemplateId' --output text
}

latest_release() { # TEMPLATE → the release of its newest version
  "$aws" ec2 describe-launch-template-versions --launch-template-id "$1" --versions '$Latest' \
    --query 'LaunchTemplateVersions[0].VersionDescription' --output text
}

refresh() { # GROUP VERSION PREFERENCES
  "$aws" autoscaling start-instance-refresh --auto-scaling-group-name "$1" --strategy Rolling --preferences "$3" \
    --desired-configuration "LaunchTemplate={LaunchTemplateId=$(template_of "$1"),Version=$2}" --query InstanceRefreshId --output text
}

await() { # GROUP: until its refresh has ended or waits at its checkpoint
  local state percent
  for _ in $(seq 240); do
    read -r state percent < <("$aws" autoscaling describe-instance-refreshes --auto-scaling-group-name "$1" --max-records 1 \
      --query 'InstanceRefreshes[0].[Status,PercentageComplete]' --output text)
    case "$state" in
      Successful) return 0 ;;
      Failed | Cancelled | RollbackFailed | RollbackSuccessful) echo "$1: $state" >&2 && return 1 ;;
      InProgress) if [ "${2:-}" = checkpoint ] && [ "${percent%.*}" != None ] && [ "${percent%.*}" -ge 10 ]; then return 0; fi ;;
    esac
    sleep "${POLL:-15}"
  done
  echo "$1: the refresh does not end" >&2
  return 1
}

roll_back() { # GROUP…
  local group template version broken=0
  for group in "$@"; do
    # A refresh that is under way rolls back by itself; one that is done is undone
    # with the version before.
    if "$aws" autoscaling rollback-instance-refresh --auto-scaling-group-name "$group" >/dev/null 2>&1; then
      echo "$group: its refresh is rolled back"
      continue
    fi
    template=$(template_of "$group")
    version=$("$aws" ec2 describe-launch-template-versions --launch-template-id "$template" \
      --query "max_by(LaunchTemplateVersions[?VersionDescription!='$(latest_release "$template")'], &VersionNumber).VersionNumber" --output text)
    echo "$group: back to version $version"
    refresh "$group" "$version" '{"MinHealthyPercentage":100,"MaxHealthyPercentage":150,"InstanceWarmup":60}' && await "$group" || broken=1
  done
  return $broken
}

roll_out() { # STAGE RELEASE IMAGE_ID WATCH READY_URL GROUP…
  local stage=$1 release=$2 image=$3 watch=$4 ready=$5 group template version preferences undo
  shift 5
  preferences='{"MinHealthyPercentage":100,"MaxHealthyPercentage":150,"InstanceWarmup":60,"AutoRollback":true}'
  if [ "$stage" = canary ]; then
    preferences='{"MinHealthyPercentage":100,"MaxHealthyPercentage":150,"InstanceWarmup":60,"AutoRollback":true,"CheckpointPercentages":[10,100],"CheckpointDelay":86400}'
  fi
  undo="$0 roll-back $stage $*"
  for group in "$@"; do
    if [ "$stage" = production ] && [ "$(canary_waits "$group")" = yes ]; then
      # The canary has proved this release: replace the rest.
      "$aws" autoscaling cancel-instance-refresh --auto-scaling-group-name "$group" >/dev/null
    fi
    template=$(template_of "$group")
    if [ "$(latest_release "$template")" = "$release" ]; then
      version='$Latest' # the canary's
    else
      version=$("$aws" ec2 create-launch-template-version --launch-template-id "$template" --source-version '$Latest' \
        --version-description "$release" --launch-template-data "{\"ImageId\":\"$image\"}" \
        --query 'LaunchTemplateVersion.VersionNumber' --output text)
    fi
    echo "$group: $release is version $version of $template"
    refresh "$group" "$version" "$preferences"
    await "$group" "$([ "$stage" = canary ] && echo checkpoint || true)" || { $undo; return 1; }
  done
  "${GATE:-$(dirname "$0")/gate.sh}" --ready "$ready" --for "$watch" --roll-back "$undo"
}

canary_waits() { # GROUP
  local state
  state=$("$aws" autoscaling describe-instance-refreshes --auto-scaling-group-name "$1" --max-records 1 --query 'InstanceRefreshes[0].Status' --output text)
  [ "$state" = InProgress ] && echo yes || echo no
}

case "${1:-}" in
  roll-out) shift && [ $# -ge 6 ] && roll_out "$@" ;;
  roll-back) shift 2 && roll_back "$@" ;;
  *) sed -n '2,12p' "$0" >&2 && exit 2 ;;
esac
