"""deploy/release/aws.sh with an `aws` that writes down what it is asked.

The emulator has no instance refreshes, so AWS's answers are canned here; the gate
is the real program's place, and passes or fails as each case wants.
"""

import os
import stat
import subprocess

import pytest

AWS = """#!/bin/bash
echo "$*" >> "$CALLS"
case "$*" in
  *describe-auto-scaling-groups*) echo lt-1 ;;
  *'--versions $Latest'*) echo "$LATEST" ;;
  *describe-launch-template-versions*) echo 6 ;;
  *create-launch-template-version*) echo 7 ;;
  *rollback-instance-refresh*) exit "${ROLLBACK:-0}" ;;
  *describe-instance-refreshes*Status,Percent*) echo "${REFRESH:-Successful 100}" ;;
  *describe-instance-refreshes*) echo Successful ;;
  *) echo ok ;;
esac
"""
GATE = """#!/bin/bash
while [ $# -gt 0 ]; do [ "$1" = --roll-back ] && undo=$2; shift; done
[ "$HEALTH" = good ] || { $undo; exit 1; }
"""


@pytest.fixture
def roll_out(root, tmp_path):
    for name, text in {"aws": AWS, "gate": GATE}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(stat.S_IRWXU)

    def run(stage, health, **settings):
        calls = tmp_path / "calls"
        calls.write_text("")
        environment = os.environ | settings | {
            "AWS": str(tmp_path / "aws"), "GATE": str(tmp_path / "gate"), "CALLS": str(calls), "HEALTH": health, "POLL": "0",
        }
        environment.setdefault("LATEST", "v1.0.0")
        done = subprocess.run(
            [str(root / "deploy/release/aws.sh"), "roll-out", stage, "v1.1.0", "ami-1", "5m", "https://x/readyz", "api", "worker"],
            env=environment, capture_output=True, text=True, timeout=60,
        )
        return done.returncode, calls.read_text(), done.stdout + done.stderr

    return run


def test_a_good_release_stays(roll_out):
    code, calls, out = roll_out("staging", "good")
    assert code == 0, out
    assert calls.count("start-instance-refresh") == 2 and "Version=7" in calls
    assert "rollback-instance-refresh" not in calls


def test_a_release_that_is_not_well_is_taken_back(roll_out):
    code, calls, out = roll_out("production", "bad")
    assert code != 0
    assert calls.count("rollback-instance-refresh") == 2, out


def test_a_refresh_that_is_done_is_undone_with_the_release_before(roll_out):
    code, calls, out = roll_out("production", "bad", ROLLBACK="1")
    assert code != 0
    assert calls.count("Version=6") == 2, out


def test_a_refresh_that_fails_takes_back_what_was_begun(roll_out):
    code, calls, out = roll_out("staging", "good", REFRESH="Failed 50")
    assert code != 0
    assert "rollback-instance-refresh" in calls, out


def test_production_takes_the_canarys_version(roll_out):
    code, calls, out = roll_out("production", "good", LATEST="v1.1.0")
    assert code == 0, out
    assert "create-launch-template-version" not in calls


def test_the_canary_waits_at_its_checkpoint(roll_out):
    code, calls, out = roll_out("canary", "good", REFRESH="InProgress 10")
    assert code == 0, out
    assert "CheckpointPercentages" in calls
