"""deploy/release/roll-out.sh with an `aws` and a `go` that write down what they are
asked: which release is deployed, and which one it goes back to. How machines are
replaced, and when the gate is not content, their own tests say.
"""

import os
import stat
import subprocess

import pytest

STUBS = {
    "aws": '#!/bin/bash\necho "aws $*" >> "$CALLS"\necho "$BEFORE"\n',
    "go": """#!/bin/bash
echo "go $*" >> "$CALLS"
case "$*" in
  *deploy/release*)
    [ "$HEALTH" = bad ] || exit 0
    while [ $# -gt 0 ]; do [ "$1" != --roll-back ] || sh -c "$2"; shift; done
    exit 1 ;;
  *) exit "${DEPLOY:-0}" ;;
esac
""",
}


@pytest.fixture
def roll_out(root, tmp_path):
    for name, text in STUBS.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(stat.S_IRWXU)

    def run(before, **settings):
        calls = tmp_path / "calls"
        calls.write_text("")
        environment = os.environ | settings | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CALLS": str(calls), "BEFORE": before}
        done = subprocess.run(
            [str(root / "deploy/release/roll-out.sh"), "production", "v1.1.0", "5m", "https://x/readyz"],
            env=environment, capture_output=True, text=True, timeout=60,
        )
        return done.returncode, calls.read_text().splitlines(), done.stdout + done.stderr

    return run


UP = "go run ./deploy/aws up production --version {} --yes"


def test_a_good_release_stays(roll_out):
    code, calls, out = roll_out("v1.0.0")
    assert code == 0, out
    assert calls[1] == UP.format("v1.1.0") and UP.format("v1.0.0") not in calls
    assert "--ready https://x/readyz --for 5m" in calls[2]


def test_a_release_that_is_not_well_goes_back(roll_out):
    code, calls, out = roll_out("v1.0.0", HEALTH="bad")
    assert code != 0
    assert calls[-1] == UP.format("v1.0.0"), out


def test_a_deployment_that_fails_is_not_watched(roll_out):
    code, calls, out = roll_out("v1.0.0", DEPLOY="1")
    assert code != 0
    assert not any("deploy/release" in call for call in calls), out


@pytest.mark.parametrize("before", ["None", "v1.1.0"])
def test_without_a_release_before_there_is_nothing_to_go_back_to(roll_out, before):
    code, calls, out = roll_out(before, HEALTH="bad")
    assert code != 0
    assert "--roll-back" not in calls[-1], out
