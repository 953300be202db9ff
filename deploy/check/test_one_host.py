"""Assertions over compose.yaml and the Dockerfile, and a backup that is really made."""

import re

import pytest
import yaml

ONE_SHOT = {"migrate", "init-storage"}
# What others' images bring with them.
FOREIGN = {"database", "storage", "backup"}


@pytest.fixture(scope="module")
def compose(root):
    return yaml.safe_load((root / "deploy/docker/compose.yaml").read_text())


@pytest.fixture(scope="module")
def dockerfile(root):
    return (root / "deploy/docker/Dockerfile").read_text()


@pytest.fixture(scope="module")
def settings(root):
    """Every setting of the program, as its sources declare them."""
    sources = "".join(path.read_text() for path in (root / "cmd/rounds").glob("*.go"))
    return set(re.findall(r'env:"(ROUNDS_[A-Z0-9_]+)"', sources))


def hardening_faults(name, service):
    """What a service lacks. A function, so that the test below can break services."""
    faults = []
    if service.get("read_only") is not True:
        faults.append("its file system can be written to")
    if service.get("cap_drop") != ["ALL"] or service.get("cap_add"):
        faults.append("it has capabilities")
    if "no-new-privileges:true" not in service.get("security_opt", []):
        faults.append("it may gain privileges")
    if not service.get("mem_limit") or not service.get("cpus") or not service.get("pids_limit"):
        faults.append("it has no limits")
    if service.get("logging", {}).get("options", {}).get("max-size") is None:
        faults.append("its log is not rotated")
    if service.get("privileged") or service.get("network_mode") or service.get("user") in ("root", "0", "0:0"):
        faults.append("it is privileged")
    if name in FOREIGN and not service.get("user"):
        faults.append("it runs as root")
    image = service.get("image", "")
    if ":" not in image or image.endswith(":latest"):
        faults.append("its image has no version")
    for key, value in service.get("environment", {}).items():
        if re.search(r"(PASSWORD|SECRET|TOKEN|KEY)$", key) or "postgres://" in str(value):
            faults.append(f"{key} stands in its environment")
    return faults


def test_services_are_hardened(compose):
    for name, service in compose["services"].items():
        assert hardening_faults(name, service) == [], name


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"read_only": False}, "its file system can be written to"),
        ({"cap_add": ["NET_ADMIN"]}, "it has capabilities"),
        ({"security_opt": []}, "it may gain privileges"),
        ({"mem_limit": None}, "it has no limits"),
        ({"logging": {}}, "its log is not rotated"),
        ({"user": "0:0"}, "it is privileged"),
        ({"image": "postgres:latest"}, "its image has no version"),
        ({"environment": {"POSTGRES_PASSWORD": "x"}}, "POSTGRES_PASSWORD stands in its environment"),
    ],
)
def test_faults_are_found(compose, change, fault):
    assert fault in hardening_faults("database", compose["services"]["database"] | change)


def test_everything_lasting_is_watched(compose):
    for name, service in compose["services"].items():
        if name in ONE_SHOT:
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped"
        # Our own images bring their HEALTHCHECK.
        assert name not in FOREIGN or service["healthcheck"]["test"], name


def test_only_the_ports_and_the_storage_can_be_reached(compose):
    assert {n for n, s in compose["services"].items() if s.get("ports")} == {"ports", "storage"}
    assert compose["networks"]["inside"]["internal"] is True
    for name in ("database", "worker", "migrate", "init-storage", "backup", "edge-1", "edge-2"):
        networks = compose["services"][name]["networks"]
        assert list(networks) == ["inside"], f"{name} can reach the outside"


def test_settings_exist(compose, dockerfile, settings):
    used = set(re.findall(r"\b(ROUNDS_[A-Z0-9_]+)=", dockerfile))
    for service in compose["services"].values():
        used |= {k for k in service.get("environment", {}) if k.startswith("ROUNDS_")}
    for name in used:
        assert name in settings or name.removesuffix("_FILE") in settings, f"there is no setting {name}"


def test_secrets_fit_together(compose):
    declared = set(compose["secrets"])
    used = set()
    for name, service in compose["services"].items():
        own = set(service.get("secrets", []))
        used |= own
        read = set(re.findall(r"/run/secrets/(\w+)", str(service)))
        assert read <= own, f"{name} reads {read - own}, which it is not given"
        assert name == "backup" or own == read or own - read <= {"postgres_password", "s3_access_key", "s3_secret_key", "database_url"}, name
    assert used == declared
    assert all(s["file"].startswith("./secrets/") for s in compose["secrets"].values())


def test_processes_have_time_to_drain(compose):
    for name in ("api-1", "api-2", "edge-1", "edge-2"):
        service = compose["services"][name]
        drain = int(service["environment"]["ROUNDS_DRAIN"].removesuffix("s"))
        assert int(service["stop_grace_period"].removesuffix("s")) >= drain + 10 + 5, name


def test_edges_share_the_ports_and_nothing_else(compose):
    one, two, ports = (compose["services"][n] for n in ("edge-1", "edge-2", "ports"))
    socket = ports["environment"]["ROUNDS_PORTS_SOCKET"]
    assert {one["environment"]["ROUNDS_PORTS_SOCKET"], two["environment"]["ROUNDS_PORTS_SOCKET"]} == {socket}
    shared = set(one["volumes"]) & set(two["volumes"])
    assert shared == set(ports["volumes"]) and len(shared) == 1, "a cache is of one edge alone"
    assert socket.startswith(shared.pop().split(":")[1] + "/")


def test_volumes_belong_to_who_uses_them(compose, dockerfile):
    """A new volume takes over the owner of what it is put at in the image; without that it is root's."""
    stages = {s.split()[2]: s for s in re.split(r"^FROM ", dockerfile, flags=re.M)[1:]}
    for name, service in compose["services"].items():
        if name in FOREIGN or not service.get("volumes"):
            continue
        stage = stages[service["image"].removeprefix("rounds-").split(":")[0]]
        for volume in service["volumes"]:
            path = re.escape(volume.split(":")[1])
            assert re.search(rf"(--chown=65532:65532 \S+|install -d -o 65532 -g 65532 -m 0700) {path}$", stage, re.M), f"{name}: {volume} is root's"


def test_images(dockerfile):
    stages = re.split(r"^FROM ", dockerfile, flags=re.M)[1:]
    final = {s.split()[2]: s for s in stages if s.split()[2] in ("api", "edge", "worker")}
    assert set(final) == {"api", "edge", "worker"}
    for name, stage in final.items():
        assert re.search(r"^USER 65532:65532$", stage, re.M), f"{name} runs as root"
        assert "HEALTHCHECK" in stage and "org.opencontainers.image.revision" in stage
        assert ("ffmpeg" in stage) == (name == "worker"), name
    assert "CGO_ENABLED=0" in dockerfile and "-trimpath" in dockerfile
    assert not re.search(r":latest|curl .*\|", dockerfile)
    for base in re.findall(r"^ARG (?:GO|NODE|DEBIAN)=(\S+)", dockerfile, re.M):
        assert re.search(r":\d+\.\d+", base), f"{base} has no version"
    assert not re.search(r"(ARG|ENV) \S*(PASSWORD|SECRET|TOKEN)", dockerfile)
