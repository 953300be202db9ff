"""Rounds' own code against the emulator of AWS: secrets, keys, mail, S3.

The Go tests are the program's own. Those of the S3 packages run against the
gateway of one machine in `make test`; here the same ones run against another
S3. What the emulator does not do is left out by name, with the reason.
"""

import os
import re
import subprocess

import pytest

SUITES = {
    "./deploy/secrets": "",
    "./catalog/notify": "",  # only what is tagged for AWS
    "./playback/edge": "",
    # The emulator lets the retention of a locked object be shortened.
    "./playback/evidence/vault": "TestTheFirstHeadOfADayStays",
    # The emulator does not compare checksums, and forgets them on If-None-Match.
    "./transcode/objects": "TestStore|TestPutRefusesOtherContent",
}


@pytest.mark.parametrize("package", SUITES)
def test_go_tests_pass_on_the_emulator(root, moto_server, package):
    environment = os.environ | {
        "AWS_ENDPOINT_URL": moto_server,
        "AWS_REGION": "eu-west-1",
        "ROUNDS_TEST_S3_ENDPOINT": moto_server,
        "ROUNDS_TEST_S3_ACCESS_KEY": "testing",
        "ROUNDS_TEST_S3_SECRET_KEY": "testing",
    }
    command = ["go", "test", "-count=1", "-tags=aws", "-v", "-timeout=8m"]
    if package == "./catalog/notify":
        command.append("-run=TestSESTakesMail")
    if SUITES[package]:
        command.append(f"-skip=^({SUITES[package]})$")
    ran = subprocess.run([*command, package], cwd=root, env=environment, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    assert re.search(r"^--- PASS", ran.stdout, re.M), "no test ran"
