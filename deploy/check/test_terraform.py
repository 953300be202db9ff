"""What must hold of the database, over the parsed files: `terraform test` needs its provider, which not every machine may download."""

import copy
import json
import re

import hcl2
import pytest
from conftest import ROOT

FOLDER = ROOT / "deploy" / "terraform"


@pytest.fixture(scope="module")
def database():
    """(the main database, its parameters, the variables of each environment)"""
    parsed = {p.name: hcl2.loads(p.read_text()) for p in FOLDER.glob("*.tf")}
    resources = {(k, n): body for r in parsed["main.tf"]["resource"] for k, v in r.items() for n, body in v.items()}
    variables = {e: values(hcl2.loads((FOLDER / f"{e}.tfvars").read_text())) for e in ("development", "staging", "production")}
    return {"resources": resources, "variables": variables, "declared": {n: values(v) for d in parsed["variables.tf"]["variable"] for n, v in d.items()}}


def values(node):
    """This parser puts each value into a list of one."""
    return {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in node.items()}


def faults(database):
    main = values(database["resources"]["aws_db_instance", "database"])
    for name, want in {"storage_encrypted": True, "manage_master_user_password": True, "publicly_accessible": False, "performance_insights_enabled": True,
                       "copy_tags_to_snapshot": True, "monitoring_interval": 60, "multi_az": "${var.multi_az}",
                       "deletion_protection": "${var.deletion_protection}", "backup_retention_period": "${var.backup_days}"}.items():
        if main.get(name) != want:
            yield f"{name} is {main.get(name)}"
    if "password" in main:
        yield "a password is in the state"
    if "kms_key_id" not in main or "data_key" not in str(main["kms_key_id"]):
        yield "not our key"
    group = values(database["resources"]["aws_db_parameter_group", "database"])
    set_to = {p["name"] if isinstance(p["name"], str) else p["name"][0]: p["value"] if not isinstance(p["value"], list) else p["value"][0] for p in group["parameter"]}
    for name, want in {"rds.force_ssl": "1", "shared_preload_libraries": "pg_stat_statements", "log_min_duration_statement": "1000", "log_parameter_max_length": "0"}.items():
        if set_to.get(name) != want:
            yield f"{name} is {set_to.get(name)}"
    for environment in ("staging", "production"):
        v = database["variables"][environment]
        if not v["multi_az"] or not v["deletion_protection"] or v["backup_days"] != 35:
            yield f"{environment} is not safe"
    for (kind, name), body in database["resources"].items():
        if kind == "aws_vpc_security_group_ingress_rule" and ("cidr_ipv4" in body or "referenced_security_group_id" not in body):
            yield f"{name}: open to addresses"
        if kind == "aws_security_group" and "ingress" in body:
            yield f"{name}: has rules inline"


def test_database(database):
    assert list(faults(database)) == []


def main_of(d):
    return d["resources"]["aws_db_instance", "database"]


@pytest.mark.parametrize("spoil", [
    lambda d: main_of(d).update(storage_encrypted=[False]),
    lambda d: main_of(d).update(publicly_accessible=[True]),
    lambda d: main_of(d).update(manage_master_user_password=[False]),
    lambda d: main_of(d).update(password=["x"]),
    lambda d: main_of(d).update(multi_az=[False]),
    lambda d: main_of(d).update(backup_retention_period=[1]),
    lambda d: main_of(d).pop("kms_key_id"),
    lambda d: d["resources"]["aws_db_parameter_group", "database"]["parameter"].pop(0),
    lambda d: d["variables"]["production"].update(multi_az=False),
    lambda d: d["variables"]["staging"].update(backup_days=7),
    lambda d: d["resources"]["aws_vpc_security_group_ingress_rule", "api"].update(cidr_ipv4=["0.0.0.0/0"]),
])
def test_fault_is_seen(database, spoil):
    broken = copy.deepcopy(database)
    spoil(broken)
    assert list(faults(broken))


def test_variables_are_declared(database):
    for environment, given in database["variables"].items():
        assert set(given) <= set(database["declared"]), environment
        needed = {n for n, v in database["declared"].items() if "default" not in v} - {"region"}
        assert needed <= set(given), environment


def test_it_only_makes_the_database():
    """The split is kept: Terraform has the database, CloudFormation the rest."""
    text = (FOLDER / "main.tf").read_text()
    kinds = set(re.findall(r'resource "(\w+)"', text))
    assert kinds == {"aws_security_group", "aws_vpc_security_group_ingress_rule", "aws_db_subnet_group", "aws_db_parameter_group", "aws_cloudwatch_log_group",
                     "aws_iam_role", "aws_iam_role_policy_attachment", "aws_db_instance"}
    assert "AWS::RDS" not in json.dumps([p.read_text() for p in (ROOT / "deploy" / "cloudformation").glob("*.yaml")])
