"""What machines are started with exists: settings of the real program, parameters of the stacks, words of its commands."""

import re
import subprocess

import pytest
import yaml
from conftest import ROOT
from rules import below, every
from stacks import ORDER, kebab

ENVIRONMENTS = ("development", "staging", "production")


def settings_of_the_program() -> set[str]:
    """Every ROUNDS_… that a field of the program's configuration is set by."""
    found = set()
    for path in (ROOT / "cmd" / "rounds").rglob("*.go"):
        if not path.name.endswith("_test.go"):
            text = path.read_text()
            found |= set(re.findall(r'env:"(ROUNDS_\w+)"', text))
            # kong names the others after their fields: DefaultEnvars("ROUNDS").
            found |= {"ROUNDS_" + n.replace("-", "_").upper() for n in re.findall(r'name:"([\w-]+)"', text)}
    return found


def scripts(templates):
    """(where, script) of every machine, put together as CloudFormation does, with names in place of values."""
    for where, p in every(templates, "AWS::EC2::LaunchTemplate"):
        name = where.split(":")[0]
        head, boot = p["LaunchTemplateData"]["UserData"]["Fn::Base64"]["Fn::Join"][1]
        table = templates[name]["Mappings"]
        for word in boot["Fn::FindInMap"]:
            table = table[word]
        yield where, re.sub(r"\$\{([\w:]+)}", lambda m: f"value-of-{m[1].replace('::', '-')}", head["Fn::Sub"]) + table


def test_settings_exist(templates):
    known = settings_of_the_program()
    assert "ROUNDS_DATABASE_URL" in known and "ROUNDS_DATABASE_MAX_CONNS" in known
    for where, script in scripts(templates):
        used = set(re.findall(r"ROUNDS_[A-Z0-9_]+(?==|\b)", script)) - {"ROUNDS_PASSWORD"}
        assert used, where
        assert used <= known, f"{where}: rounds knows no {sorted(used - known)}"


def test_required_settings_are_given(templates):
    of = {where.split(": ")[1]: script for where, script in scripts(templates)}
    for name, required in {
        "ApiTemplate": ["BASE_URL", "DATABASE_URL", "DATABASE_PASSWORD_SECRET", "MASTER_KEY_FILE", "SIGNING_KEYS_FILE", "UPLOAD_BUCKET", "MEDIA_BUCKET", "EVIDENCE_BUCKET", "S3_REGION", "SES_REGION", "TRUSTED_PROXIES", "LISTEN"],
        "WorkerTemplate": ["DATABASE_URL", "DATABASE_PASSWORD_SECRET", "MASTER_KEY_FILE", "UPLOAD_BUCKET", "MEDIA_BUCKET", "S3_REGION", "WORK_DIR", "SPOT_NOTICE", "ADMIN_LISTEN"],
        "MigrateTemplate": ["DATABASE_URL"],
    }.items():
        for setting in required:
            assert f"ROUNDS_{setting}=" in of[name] or f" ROUNDS_{setting}" in of[name], f"{name}: no {setting}"
    assert "sslmode=verify-full" in of["ApiTemplate"] and "sslmode=verify-full" in of["MigrateTemplate"]


def test_scripts_are_shell(templates, tmp_path):
    """bash reads them, also those that they write; and they fit (16 KiB, EC2 user guide)."""
    for where, script in scripts(templates):
        inner = re.findall(r"cat > (\S+) <<'END'\n(.*?)\nEND\n", script, re.DOTALL)
        for name, text in [("user data", script), *((n, t) for n, t in inner if t.startswith("#!"))]:
            done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
            assert done.returncode == 0, f"{where}: {name}: {done.stderr}"
        assert len(script.encode()) < 16 * 1024 - 1500, f"{where}: {len(script)} bytes"
        assert not re.search(r"(password|secret)=\S*value-of", script, re.IGNORECASE), f"{where}: a secret is in the user data"


def test_commands_exist(templates):
    words = "\n".join(p.read_text() for p in (ROOT / "cmd" / "rounds").glob("*.go"))
    for where, script in scripts(templates):
        for command in set(re.findall(r"'admin (\w+)", script)):
            assert re.search(rf"(?m)^\t{command.capitalize()}\s+\S+\s+`cmd:", words), f"{where}: there is no rounds admin {command}"


def test_filters_find_what_the_doctor_says(templates):
    """The lines are as deploy/care prints them: a light, the name of a check, a sentence."""
    printed = (ROOT / "deploy" / "care" / "print.go").read_text()
    assert 'Red: "RED"' in printed and "checks of %s in" in printed
    checks = re.findall(r'Name: "(\w+)"', (ROOT / "deploy" / "care" / "known.go").read_text())
    lines = [f"RED      {name:18} a sentence" for name in checks]
    found = {}
    for _, p in every(templates, "AWS::Logs::MetricFilter"):
        pattern = p["FilterPattern"]
        if pattern.startswith("%"):
            assert not [line for line in lines if re.search(pattern.strip("%"), line.replace("RED ", "green "))], pattern
            found[p["MetricTransformations"][0]["MetricName"]] = [line.split()[1] for line in lines if re.search(pattern.strip("%"), line)]
    assert found["DoctorRed"] == checks and found["DoctorSchedulerRed"] == ["scheduler"]
    assert found["DoctorBackupsRed"] == ["backup_database", "backup_media", "backup_retention"]
    assert len(found) <= 5, "CloudWatch allows five such patterns a group of logs"


def test_figures_exist(templates):
    """Every figure of Rounds that an alarm or the agent asks for is one that the program gives."""
    code = "\n".join(p.read_text() for d in ("cmd/rounds", "playback", "catalog", "transcode") for p in (ROOT / d).rglob("*.go"))
    asked = set()
    for _, script in scripts(templates):
        asked |= set(re.findall(r"\^(rounds_\w+)\$", script))
    for _, p in every(templates, "AWS::CloudWatch::Alarm"):
        asked |= {v for node in below(p) if isinstance(node, dict) for v in [node.get("MetricName")] if isinstance(v, str) and v.startswith("rounds_")}
    assert "rounds_chunks_oldest_seconds" in asked
    for name in asked:
        assert name in code, f"Rounds gives no {name}"
    for _, p in every(templates, "AWS::Logs::MetricFilter"):
        for message in re.findall(r'\$\.msg = "([^"]+)"', p["FilterPattern"]):
            assert message in code, f"nothing logs {message!r}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_parameters_are_known(templates, environment):
    given = yaml.safe_load((ROOT / "deploy" / "aws" / f"{environment}.yaml").read_text())["parameters"]
    declared = {n: d for t in templates.values() for n, d in t.get("Parameters", {}).items()}
    assert set(given) <= set(declared), f"no template takes {set(given) - set(declared)}"
    for name, value in given.items():
        allowed = declared[name].get("AllowedValues")
        assert not allowed or str(value).lower() in [str(a).lower() for a in allowed], f"{name}: {value}"
    assert {line.split("=")[0] for line in given.get("ApiSettings", "").splitlines()} <= settings_of_the_program()
    for name, template in templates.items():
        ours = template["Metadata"]["Rounds"]
        found = {"Environment", *given, *ours.get("Settings", {}), *ours.get("From", {}), *ours.get("FromHome", {})}
        for p, d in template.get("Parameters", {}).items():
            assert p in found or "Default" in d, f"{environment}: nothing gives {name} its {p}"
    assert given["ApiLeast"] <= given["ApiMost"] and given["WorkersLeast"] <= given["WorkersMost"]
    if environment != "development":
        assert given["NatPerZone"] == "true" and given["Protect"] == "true" and given["Firewall"] == "true"
    if environment == "production":
        assert given["ApiLeast"] >= 3, "one a zone"


def test_what_is_read_was_written(templates):
    """Each SSM parameter that a stack reads is made by a stack, Terraform or the tool before it."""
    made = set()
    for step in ORDER:
        if step == "terraform":
            made |= set(re.findall(r'"\$\{local.prefix}/(\S+?)"', (ROOT / "deploy" / "terraform" / "outputs.tf").read_text()))
            read = set(re.findall(r'"\$\{local.prefix}/(\S+?)"', (ROOT / "deploy" / "terraform" / "main.tf").read_text()))
            assert read <= made, f"terraform reads {read - made}"
        if step not in templates:
            continue
        ours = templates[step]["Metadata"]["Rounds"]
        for path in [*ours.get("From", {}).values(), *ours.get("FromHome", {}).values()]:
            assert path in made, f"{step} reads {path}, which nothing before it makes"
        for _, p in every({step: templates[step]}, "AWS::SSM::Parameter"):
            made.add(p["Name"]["Fn::Sub"].removeprefix("/rounds/${Environment}/"))
        if ours.get("Region"):
            made |= {f"{step}/{kebab(o)}" for o in templates[step].get("Outputs", {})}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_connections_suffice(templates, environment):
    """All machines' pools fit into what PostgreSQL allows, with some to spare for people and the doctor."""
    given = yaml.safe_load((ROOT / "deploy" / "aws" / f"{environment}.yaml").read_text())["parameters"]
    each = given.get("ConnectionsEach", templates["app"]["Parameters"]["ConnectionsEach"]["Default"])
    allowed = int(re.search(r"max_connections\s*=\s*(\d+)", (ROOT / "deploy" / "terraform" / f"{environment}.tfvars").read_text())[1])
    assert (given["ApiMost"] + given["WorkersMost"]) * int(each) + 20 <= allowed
