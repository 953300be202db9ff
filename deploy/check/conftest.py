"""What the tests of deploy/check share: the emulator of AWS, and the templates."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from cfnlint.decode import decode

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"

# Nothing here may ever reach a real account, whatever the machine is set up for.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION=REGION,
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE="/dev/null",
    AWS_SHARED_CREDENTIALS_FILE="/dev/null",
)
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
    os.environ.pop(name, None)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="module")
def moto_server(tmp_path_factory) -> str:
    """The address of an AWS emulator (moto) of this file's tests alone, on 127.0.0.1.

    It is a process of its own that speaks AWS's protocols, so programs that are
    not Python can be run against it: give them the address as AWS_ENDPOINT_URL.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log = tmp_path_factory.mktemp("moto") / "moto.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, ROOT / "deploy" / "check" / "emulator.py", "-H", "127.0.0.1", "-p", str(port)],
            stdout=out, stderr=subprocess.STDOUT,
        )
    try:
        wait_until_it_answers(address, server, log)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def wait_until_it_answers(address: str, server: subprocess.Popen, log: Path) -> None:
    """Returns as soon as the server answers; generous, since machines are slow."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(f"moto ended: {log.read_text()}")
        try:
            urllib.request.urlopen(address + "/moto-api/data.json", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"moto does not answer: {log.read_text()}")


@pytest.fixture(scope="module")
def aws(moto_server):
    """Makes clients of the emulator: aws("s3"), aws("wafv2", "us-east-1")."""

    def client(service: str, region: str = REGION):
        return boto3.client(service, region_name=region, endpoint_url=moto_server)

    return client


@pytest.fixture(scope="session")
def templates() -> dict:
    """All templates, parsed; short forms such as !Ref in their long form."""
    return {path.stem: plain(decode(str(path))[0]) for path in sorted((ROOT / "deploy" / "cloudformation").glob("*.yaml"))}


def plain(node):
    """Without the line numbers that cfn-lint keeps in its nodes."""
    if isinstance(node, dict):
        return {str(k): plain(v) for k, v in node.items()}
    if isinstance(node, list):
        return [plain(v) for v in node]
    return str(node) if isinstance(node, str) else node
