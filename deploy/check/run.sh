#!/usr/bin/env bash
# Checks what deploys to AWS, without an account: `make deploy-check`.
#   run.sh BIN TFLINT    BIN: the folder of the Python tools; TFLINT: that program
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=$(realpath "$1")
tflint=$(realpath "$2")
export PYTHONDONTWRITEBYTECODE=1

step() { echo "== $*"; }

if compgen -G 'deploy/cloudformation/*.yaml' >/dev/null; then
  step cfn-lint
  "$bin/cfn-lint" --config-file deploy/check/cfnlintrc.yaml
  step checkov
  "$bin/checkov" --config-file deploy/check/checkov.yaml
fi
if command -v terraform >/dev/null 2>&1; then
  step terraform fmt
  CHECKPOINT_DISABLE=1 terraform fmt -check -recursive -diff deploy/terraform
else
  step "terraform is not installed: its formatting is not checked here; what it says is, by the tests below"
fi
step tflint
"$tflint" --config "$PWD/deploy/check/tflint.hcl" --chdir deploy/terraform
step pytest
"$bin/python" -m pytest -q -p no:cacheprovider deploy/check
