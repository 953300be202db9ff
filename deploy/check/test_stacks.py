"""The stacks, brought up by the real command in an emulated account, in order, each fed by those before."""

import json
import os
import re
import subprocess
import sys
import threading

import pytest
import yaml
from conftest import REGION, ROOT
from stacks import ORDER

# What the emulator does not make. It passes over them without a word, so they are
# checked by the assertions over the templates only. A type that is missing here
# must be found in the account afterwards.
NOT_EMULATED = {
    "AWS::AutoScaling::ScalingPolicy", "AWS::AutoScaling::WarmPool", "AWS::Backup::BackupPlan", "AWS::Backup::BackupSelection",
    "AWS::Backup::BackupVault", "AWS::CertificateManager::Certificate", "AWS::CloudFront::CachePolicy", "AWS::CloudFront::Distribution",
    "AWS::CloudFront::KeyGroup", "AWS::CloudFront::MonitoringSubscription", "AWS::CloudFront::OriginAccessControl", "AWS::CloudFront::PublicKey",
    "AWS::CloudFront::ResponseHeadersPolicy", "AWS::CloudWatch::Alarm", "AWS::Logs::Delivery", "AWS::Logs::DeliveryDestination",
    "AWS::Logs::DeliverySource", "AWS::Logs::MetricFilter", "AWS::S3::BucketPolicy", "AWS::SES::ConfigurationSet",
    "AWS::SES::ConfigurationSetEventDestination", "AWS::SES::EmailIdentity", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy", "AWS::SecretsManager::Secret", "AWS::Shield::Protection", "AWS::WAFv2::IPSet", "AWS::WAFv2::LoggingConfiguration",
    "AWS::WAFv2::WebACL",
}


# What the emulator's resources do not tell of themselves.
UNKNOWN = {"Targets.TargetGroupFullName": "targetgroup/rounds-production/1"}


def emulable(template: dict, stand_ins: dict) -> dict:
    """The template without what the emulator cannot make; what points there is a word."""
    left_out = {name for name, r in template["Resources"].items() if r["Type"] in NOT_EMULATED}

    def without(node):
        if isinstance(node, list):
            return [without(n) for n in node]
        if not isinstance(node, dict):
            return node
        if node.get("Ref") in left_out:
            return stand_ins.get(node["Ref"], f"not-emulated-{node['Ref']}")
        if ".".join(node.get("Fn::GetAtt", [])) in stand_ins:
            return stand_ins[".".join(node["Fn::GetAtt"])]
        if "Fn::GetAtt" in node and node["Fn::GetAtt"][0] in left_out:
            return f"not-emulated-{node['Fn::GetAtt'][0]}"
        if isinstance(node.get("Fn::Sub"), str):
            return {"Fn::Sub": re.sub(r"\$\{(\w+)(\.\w+)?}", lambda m: f"not-emulated-{m[1]}" if m[1] in left_out else m[0], node["Fn::Sub"])}
        return {k: without(v) for k, v in node.items()}

    kept = {n: dict(r) for n, r in template["Resources"].items() if n not in left_out}
    for r in kept.values():
        if "DependsOn" in r:
            needs = [r["DependsOn"]] if isinstance(r["DependsOn"], str) else r["DependsOn"]
            r["DependsOn"] = [n for n in needs if n not in left_out]
    kept = kept or {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    return without({**template, "Resources": kept, "Rules": {}})


# What the emulator makes no secrets of, being made by templates.
KEYS = ("master-key", "signing-key-a", "signing-key-b")

MANIFEST = "application/vnd.oci.image.manifest.v1+json"

# Stands in for terraform: writes down how it was run, and makes the parameters that the database would.
TERRAFORM = """#!{python}
import sys, boto3
open("{calls}", "a").write(" ".join(sys.argv[1:]) + chr(10))
if "apply" in sys.argv:
    for name, value in {made}.items():
        boto3.client("ssm").put_parameter(Name="/rounds/production/database/" + name, Value=value, Type="String", Overwrite=True)
"""
DATABASE = {
    "address": "rounds.x.eu-west-1.rds.amazonaws.com:5432", "name": "rounds-production", "max-connections": "800",
    "allocated-bytes": "214748364800", "admin-secret-arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1-AbCdEf",
}


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """The program that `make deploy` runs."""
    built = tmp_path_factory.mktemp("bin") / "aws"
    subprocess.run(["go", "build", "-o", built, "./deploy/aws"], cwd=ROOT, check=True)
    return built


@pytest.fixture(scope="module")
def project(command, moto_server, aws, templates, tmp_path_factory):
    """Makes folders of the project as the emulator can take it: project("staging", order=["network"])."""
    zone = aws("route53").create_hosted_zone(Name="example.org", CallerReference="x")["HostedZone"]["Id"].rsplit("/", 1)[1]
    stand_ins = {"Certificate": aws("acm").request_certificate(DomainName="learn.example.org")["CertificateArn"], **UNKNOWN}

    def make(environment: str, order: list = ORDER) -> "Project":
        folder = tmp_path_factory.mktemp(environment)
        for kind in ("aws", "cloudformation", "terraform"):
            (folder / "deploy" / kind).mkdir(parents=True)
        (folder / "deploy" / "aws" / "stacks.yaml").write_text(yaml.safe_dump({"order": order}))
        given = yaml.safe_load((ROOT / "deploy" / "aws" / f"{environment}.yaml").read_text())
        given["parameters"]["HostedZoneId"] = zone
        (folder / "deploy" / "aws" / f"{environment}.yaml").write_text(yaml.safe_dump(given))
        for name, template in templates.items():  # JSON is YAML too
            (folder / "deploy" / "cloudformation" / f"{name}.yaml").write_text(json.dumps(emulable(template, stand_ins)))
        terraform = folder / "terraform"
        terraform.write_text(TERRAFORM.format(python=sys.executable, calls=folder / "calls", made=DATABASE))
        terraform.chmod(0o700)
        return Project(command, moto_server, environment, folder)

    return make


class Project:
    """One environment, and the command to bring it up."""

    def __init__(self, command, address, environment, folder):
        self.command, self.environment, self.folder = command, environment, folder
        self.settings = {**os.environ, "AWS_ENDPOINT_URL": address, "PATH": f"{folder}:{os.environ['PATH']}"}

    def run(self, act: str, *args: str, answers: str = "") -> tuple[int, str]:
        done = subprocess.run(
            [self.command, act, self.environment, "--project", self.folder, "--every", "100ms", *args],
            env=self.settings, input=answers, capture_output=True, text=True, timeout=240, check=False,
        )
        return done.returncode, done.stdout + done.stderr


class MigratingMachine(threading.Thread):
    """Does what the machine that migrates would: waits until it is started, and says that it is done."""

    def __init__(self, aws):
        super().__init__(daemon=True)
        self.ssm, self.ec2, self.stop = aws("ssm"), aws("ec2"), threading.Event()

    def run(self):
        while not self.stop.wait(0.2):
            found = self.ssm.get_parameters(Names=["/rounds/production/migrated", "/rounds/production/migrate/template"])["Parameters"]
            said = {p["Name"].rsplit("/", 1)[1]: p["Value"] for p in found}
            if said.get("migrated") == "v1 started" and self.started(said["template"]):
                self.ssm.put_parameter(Name="/rounds/production/migrated", Value="v1 done", Type="String", Overwrite=True)

    def started(self, template):
        machines = [i for r in self.ec2.describe_instances()["Reservations"] for i in r["Instances"]]
        return any(t["Key"] == "aws:ec2launchtemplate:id" and t["Value"] == template for m in machines for t in m.get("Tags", []))


def secrets_of(aws, environment):
    manager = aws("secretsmanager")
    return {name: manager.get_secret_value(SecretId=f"rounds/{environment}/{name}")["SecretString"] for name in KEYS}


class BroughtUp:
    """What the whole way left behind: first without images, then with them, then once more."""

    def __init__(self, project, aws):
        self.aws, self.project = aws, project("production")
        for name in KEYS:
            aws("secretsmanager").create_secret(Name=f"rounds/production/{name}")
        for name in ("origin", "database"):  # these have a value from the start
            aws("secretsmanager").create_secret(Name=f"rounds/production/{name}", SecretString="first")
        self.without_images = self.project.run("up", "--version", "v1", "--yes")
        self.secrets = secrets_of(aws, "production")
        for tag in ("v1", "v1-worker"):
            aws("ecr").put_image(repositoryName="rounds/production", imageManifest=json.dumps({"mediaType": MANIFEST, "tag": tag}), imageTag=tag)
        machine = MigratingMachine(aws)
        machine.start()
        self.first = self.project.run("up", "--version", "v1", "--yes")
        machine.stop.set()
        self.again = self.project.run("up", "--yes")

    def parameter(self, path):
        return self.aws("ssm").get_parameter(Name=f"/rounds/production/{path}")["Parameter"]["Value"]


@pytest.fixture(scope="module")
def brought_up(project, aws):
    return BroughtUp(project, aws)


def test_it_goes_on_where_it_stopped(brought_up):
    code, said = brought_up.without_images
    assert code == 1 and "the repository rounds/production has no image v1: push it, then run this again" in said, said
    assert "rounds-production-migrate: done" in said and "rounds-production-app" not in said
    code, said = brought_up.first
    assert code == 0 and "migration: done" in said and "ready: https://learn.example.org" in said, said
    assert "rounds-production-storage: nothing to change" in said and "rounds-production-app: done" in said


def test_order_is_kept(brought_up):
    said = brought_up.without_images[1] + brought_up.first[1]
    made = re.findall(r"^rounds-production-(\w+): done$", said, re.M)
    assert made == [step for step in ORDER if step not in ("terraform", "migration", "rollout")]


def test_changes_are_shown_before_they_are_made(brought_up):
    said = brought_up.without_images[1]
    assert said.index("rounds-production-network: add     Vpc (AWS::EC2::VPC)") < said.index("rounds-production-network: done")


def test_terraform_has_its_place(brought_up):
    calls = (brought_up.project.folder / "calls").read_text().splitlines()
    assert [re.search(r" (init|plan|apply) ", c)[1] for c in calls[:3]] == ["init", "plan", "apply"]
    assert "-backend-config=bucket=rounds-terraform-production-123456789012-eu-west-1" in calls[0]
    assert "-var-file=production.tfvars -var=region=eu-west-1" in calls[1]


def test_keys_are_made_once(brought_up, aws):
    first = brought_up.secrets
    assert first == secrets_of(aws, "production")
    assert first["signing-key-a"] != first["signing-key-b"] and "BEGIN PRIVATE KEY" in first["signing-key-a"]
    assert "BEGIN PUBLIC KEY" in brought_up.parameter("keys/signing-public-a")
    pages = aws("ssm").get_paginator("get_parameters_by_path").paginate(Path="/rounds/production", Recursive=True)
    told = json.dumps([p["Value"] for page in pages for p in page["Parameters"]]) + brought_up.without_images[1] + brought_up.first[1]
    assert "rounds/production/master-key: made" in told and "PRIVATE" not in told and first["master-key"] not in told


def test_outputs_of_the_front_door_are_at_home(brought_up):
    assert brought_up.parameter("edge/distribution-arn").startswith("arn:aws:cloudfront::123456789012:distribution/")
    assert brought_up.parameter("edge/signing-key-id")


def resources(aws, templates):
    """Logical id → (type, physical id), of all stacks."""
    found = {}
    for step, template in templates.items():
        cfn = aws("cloudformation", template["Metadata"]["Rounds"].get("Region", REGION))
        for r in cfn.describe_stack_resources(StackName=f"rounds-production-{step}")["StackResources"]:
            if "LogicalResourceId" in r:
                found[r["LogicalResourceId"]] = (r.get("ResourceType"), r.get("PhysicalResourceId"))
    return found


@pytest.mark.usefixtures("brought_up")
def test_what_is_emulated_is_made(aws, templates):
    made = resources(aws, templates)
    declared = {t for template in templates.values() for t in (r["Type"] for r in template["Resources"].values())}
    assert NOT_EMULATED <= declared, f"no template has {NOT_EMULATED - declared}"
    for name, template in templates.items():
        for logical, resource in template["Resources"].items():
            if resource["Type"] not in NOT_EMULATED and "Condition" not in resource:
                assert made.get(logical, ("", None))[1], f"{name}: {logical} ({resource['Type']}) was not made"


def test_network(brought_up, aws):
    ec2 = aws("ec2")
    vpc = brought_up.parameter("network/vpc-id")
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    zones = {}
    for kind in ("public", "private", "isolated"):
        subnets = ec2.describe_subnets(SubnetIds=brought_up.parameter(f"network/{kind}-subnets").split(","))["Subnets"]
        zones[kind] = {s["AvailabilityZone"] for s in subnets}
        assert len(zones[kind]) == 3, kind
    nats = ec2.describe_nat_gateways(Filters=here)["NatGateways"]
    assert len(nats) == 3
    endpoints = {e["ServiceName"].rsplit(".", 1)[1] for e in ec2.describe_vpc_endpoints(Filters=here)["VpcEndpoints"]}
    assert {"s3", "secretsmanager", "kms", "ssm", "logs"} <= endpoints
    assert ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]
    for table in ec2.describe_route_tables(Filters=here)["RouteTables"]:
        subnets = {a.get("SubnetId") for a in table["Associations"]}
        if subnets & set(brought_up.parameter("network/isolated-subnets").split(",")):
            assert not [r for r in table["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"], "the database has a way out"
    balancer = ec2.describe_security_groups(GroupIds=[brought_up.parameter("network/balancer-group")])["SecurityGroups"][0]
    assert not [p for p in balancer["IpPermissions"] if p["IpRanges"]], "the load balancer is open to addresses"


def test_buckets(brought_up, aws):
    s3 = aws("s3")
    for kind in ("uploads", "media", "evidence", "logs"):
        bucket = brought_up.parameter(f"storage/{kind}-bucket")
        rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
        assert rule["SSEAlgorithm"] == ("AES256" if kind == "logs" else "aws:kms")


def test_machines(brought_up, aws):
    scaling, ec2 = aws("autoscaling"), aws("ec2")
    groups = {g["AutoScalingGroupName"]: g for g in scaling.describe_auto_scaling_groups()["AutoScalingGroups"]}
    assert set(groups) == {"rounds-production-api", "rounds-production-worker"}
    for group in groups.values():
        assert len(group["VPCZoneIdentifier"].split(",")) == 3
    assert groups["rounds-production-api"]["MinSize"] == 3
    templates = ec2.describe_launch_templates()["LaunchTemplates"]
    assert len(templates) == 3
    for t in templates:
        data = ec2.describe_launch_template_versions(LaunchTemplateId=t["LaunchTemplateId"])["LaunchTemplateVersions"][0]["LaunchTemplateData"]
        assert data["MetadataOptions"]["HttpTokens"] == "required"
        assert all(d["Ebs"]["Encrypted"] for d in data["BlockDeviceMappings"])
    listeners = aws("elbv2").describe_listeners(LoadBalancerArn=aws("elbv2").describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"])["Listeners"]
    assert [(listener["Protocol"], listener["DefaultActions"][0]["Type"]) for listener in listeners] == [("HTTPS", "fixed-response")]


def test_roles_may_not_do_everything(brought_up, aws):
    iam = aws("iam")
    for role in ("api", "worker", "migrate"):
        name = f"rounds-production-eu-west-1-{role}"
        text = json.dumps([iam.get_role_policy(RoleName=name, PolicyName=p)["PolicyDocument"] for p in iam.list_role_policies(RoleName=name)["PolicyNames"]])
        assert "iam:" not in text and '"Action": "*"' not in text, role
        assert ("s3:PutObject" in text) == (role != "migrate")
        assert ("rds!db" in text) == (role == "migrate"), f"{role} and the password of the database's administrator"


def test_again_changes_nothing(brought_up):
    code, said = brought_up.again
    assert code == 0, said
    for line in said.splitlines():
        assert re.search(r": nothing to change$|^migration: this version's was done$|^ready: ", line), line


def test_the_header_is_replaced(brought_up, aws):
    """In order, and nothing of it is left; the emulator changes no rule whose parameters alone have changed."""
    manager, balancers = aws("secretsmanager"), aws("elbv2")
    before = manager.get_secret_value(SecretId="rounds/production/origin", VersionStage="AWSCURRENT")
    listener = balancers.describe_listeners(LoadBalancerArn=balancers.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"])["Listeners"][0]
    rule = next(r for r in balancers.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"] if r["Conditions"])
    believed = rule["Conditions"][0]["HttpHeaderConfig"]["Values"]
    assert believed == ["{{resolve:secretsmanager:rounds/production/origin:SecretString:::" + before["VersionId"] + "}}"]
    code, said = brought_up.project.run("rotate", "origin", "--yes")
    assert code == 0, said
    assert re.findall(r"^rounds-production-(\w+): (?:done|nothing)", said, re.M) == ["app", "edge", "app"], said
    after = manager.get_secret_value(SecretId="rounds/production/origin", VersionStage="AWSCURRENT")
    assert after["SecretString"] not in ("first", *said.split())
    stages = manager.describe_secret(SecretId="rounds/production/origin")["VersionIdsToStages"]
    assert not [s for of in stages.values() for s in of if s.startswith("ROUNDS_")], stages


def test_the_password_is_replaced(brought_up, aws):
    machine = MigratingMachine(aws)
    machine.start()
    code, said = brought_up.project.run("rotate", "database", answers="y\n")
    machine.stop.set()
    assert code == 0 and "rounds/production/database: replaced" in said, said
    assert aws("secretsmanager").get_secret_value(SecretId="rounds/production/database")["SecretString"] not in ("first", *said.split())


def test_order_is_minded(project):
    """A stack whose parameters are missing says which, and makes nothing."""
    code, said = project("staging", ["network"]).run("up", "--version", "v1", "--yes")
    assert code == 1 and "/rounds/staging/security/logs-key-arn is missing" in said, said


@pytest.fixture(scope="module")
def staging(project, aws):
    """Staging with its first stack; what the command said of it."""
    for name in KEYS:
        aws("secretsmanager").create_secret(Name=f"rounds/staging/{name}")
    first = project("staging", ["security"])
    return first, *first.run("up", "--version", "v1", "--yes")


def test_nothing_is_done_that_was_not_agreed_to(project, staging, aws):
    assert staging[1] == 0, staging[2]
    next_one, cfn = project("staging", ["storage"]), aws("cloudformation")
    for args, answers, code, end in [(["--plan"], "", 0, "ready:"), ([], "n\n", 1, "stopped; run it again"), ([], "", 1, "stopped")]:
        got, said = next_one.run("up", "--version", "v1", *args, answers=answers)
        assert got == code and end in said, said
        assert "rounds-staging-storage: add     MediaBucket (AWS::S3::Bucket)" in said
        assert cfn.describe_stacks(StackName="rounds-staging-storage")["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
        left = [c for c in cfn.list_change_sets(StackName="rounds-staging-storage")["Summaries"] if "staging-storage" in c["StackName"]]
        assert not left, "what was not agreed to is left behind"
    assert not [b for b in aws("s3").list_buckets()["Buckets"] if "media-staging" in b["Name"]]


def test_taking_down(project, aws):
    development, cfn = project("development", ["security", "storage", "terraform"]), aws("cloudformation")
    for name in KEYS:
        aws("secretsmanager").create_secret(Name=f"rounds/development/{name}")
    code, said = development.run("up", "--version", "v1", answers="y\nyes\ny\n")
    assert code == 0, said
    code, said = development.run("down", answers="y\n")
    assert code == 1 and "nothing was deleted" in said
    assert cfn.describe_stacks(StackName="rounds-development-storage")
    code, said = development.run("down", answers="development\n")
    assert code == 0, said
    assert re.findall(r"rounds-development-(\w+): deleted", said) == ["storage", "security"]
    assert " destroy " in (development.folder / "calls").read_text().splitlines()[-1]
    assert not [s for s in cfn.describe_stacks()["Stacks"] if s["StackName"].startswith("rounds-development")]


def test_what_is_protected_stays(staging, brought_up, aws):
    """Production is never taken down, and staging only when its protection was taken back."""
    code, said = brought_up.project.run("down", answers="production\n")
    assert code == 1 and "production is not taken down" in said
    code, said = staging[0].run("down", answers="staging\n")
    assert code == 1 and "TerminationProtection" in said, said
    assert aws("cloudformation").describe_stacks(StackName="rounds-staging-security")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
