"""The stacks, brought up by the real tool in an emulated account, in order, each fed by those before."""

import io
import json
import re
import sys

import boto3
import pytest
from cfnlint.decode import decode
from conftest import ROOT, plain

sys.path.insert(0, str(ROOT / "deploy" / "aws"))
from deploy import Deployment, Stop  # noqa: E402
from stacks import ORDER, TEMPLATES, Template  # noqa: E402

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
    return without({**template, "Resources": kept, "Rules": {}, "Outputs": {}})


class Emulated(Deployment):
    """The tool, but for what a machine or the emulator would have to do."""

    stand_ins: dict = {}  # logical id of what is not emulated → what is there instead

    def template(self, name):
        real = super().template(name)
        real.text = json.dumps(emulable(plain(decode(str(TEMPLATES / f"{name}.yaml"))[0]), self.stand_ins))
        return real

    def terraform(self):
        for name, value in {
            "address": "rounds.x.eu-west-1.rds.amazonaws.com:5432", "name": "rounds-production", "max-connections": "800",
            "allocated-bytes": "214748364800", "admin-secret-arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1-AbCdEf",
        }.items():
            self.keep(f"database/{name}", value)

    def setting(self, name):
        if name in ("signing-public-a", "signing-public-b"):
            return "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"
        return super().setting(name)

    def protect(self, cfn, stack):
        """The emulator does not know it."""

    def keys(self):
        """The emulator makes no secrets from templates."""

    def keep_outputs(self, cfn, stack, template):
        if template.region:
            for name, value in {"distribution-arn": "arn:aws:cloudfront::123456789012:distribution/E1", "distribution-id": "E1", "signing-key-id": "K1"}.items():
                self.keep(f"edge/{name}", value)

    def images(self):
        with pytest.raises(Stop, match="has no image v1: push it"):
            super().images()

    def start_migration(self):
        super().start_migration()
        self.keep("migrated", f"{self.version} done")

    def api_answers(self):
        return True


@pytest.fixture(scope="module")
def brought_up(moto_server, aws):
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ENDPOINT_URL", moto_server)
    zone = aws("route53").create_hosted_zone(Name="example.org", CallerReference="x")["HostedZone"]["Id"].rsplit("/", 1)[1]
    out = io.StringIO()
    deployment = Emulated("production", "v1", agree=lambda question: True, out=out)
    deployment.pause = 0.01
    deployment.file["parameters"]["HostedZoneId"] = zone
    deployment.stand_ins = {"Certificate": aws("acm").request_certificate(DomainName="learn.example.org")["CertificateArn"], **UNKNOWN}
    deployment.up()
    yield deployment, out
    patch.undo()


def resources(deployment):
    """Logical id → (type, physical id), of all stacks."""
    found = {}
    for step in ORDER:
        if (TEMPLATES / f"{step}.yaml").exists():
            cfn = deployment.client("cloudformation", Template.read(step).region or "")
            for r in cfn.describe_stack_resources(StackName=f"rounds-production-{step}")["StackResources"]:
                if "LogicalResourceId" in r:
                    found[r["LogicalResourceId"]] = (r.get("ResourceType"), r.get("PhysicalResourceId"))
    return found


def test_what_is_emulated_is_made(brought_up, templates):
    deployment, _ = brought_up
    made = resources(deployment)
    declared = {t for template in templates.values() for t in (r["Type"] for r in template["Resources"].values())}
    assert NOT_EMULATED <= declared, f"no template has {NOT_EMULATED - declared}"
    for name, template in templates.items():
        for logical, resource in template["Resources"].items():
            if resource["Type"] not in NOT_EMULATED and "Condition" not in resource:
                assert made.get(logical, ("", None))[1], f"{name}: {logical} ({resource['Type']}) was not made"


def test_network(brought_up, aws):
    ec2 = aws("ec2")
    deployment, _ = brought_up
    vpc = deployment.parameter("network/vpc-id")
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    zones = {}
    for kind in ("public", "private", "isolated"):
        subnets = ec2.describe_subnets(SubnetIds=deployment.parameter(f"network/{kind}-subnets").split(","))["Subnets"]
        zones[kind] = {s["AvailabilityZone"] for s in subnets}
        assert len(zones[kind]) == 3, kind
    nats = ec2.describe_nat_gateways(Filters=here)["NatGateways"]
    assert len(nats) == 3
    endpoints = {e["ServiceName"].rsplit(".", 1)[1] for e in ec2.describe_vpc_endpoints(Filters=here)["VpcEndpoints"]}
    assert {"s3", "secretsmanager", "kms", "ssm", "logs"} <= endpoints
    assert ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]
    for table in ec2.describe_route_tables(Filters=here)["RouteTables"]:
        subnets = {a.get("SubnetId") for a in table["Associations"]}
        if subnets & set(deployment.parameter("network/isolated-subnets").split(",")):
            assert not [r for r in table["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"], "the database has a way out"
    balancer = ec2.describe_security_groups(GroupIds=[deployment.parameter("network/balancer-group")])["SecurityGroups"][0]
    assert not [p for p in balancer["IpPermissions"] if p["IpRanges"]], "the load balancer is open to addresses"


def test_buckets(brought_up, aws):
    s3 = aws("s3")
    deployment, _ = brought_up
    for kind in ("uploads", "media", "evidence", "logs"):
        bucket = deployment.parameter(f"storage/{kind}-bucket")
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
    deployment, out = brought_up
    out.truncate(0)
    deployment.stack("storage")
    text = out.getvalue()
    assert "remove" not in text.lower() and "replaced" not in text.lower(), text


def test_order_is_minded(moto_server, aws):
    """A stack whose parameters are missing says which, and makes nothing."""
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ENDPOINT_URL", moto_server)
    deployment = Emulated("staging", "v1", agree=lambda question: True, out=io.StringIO())
    with pytest.raises(Stop, match="/rounds/staging/security/logs-key-arn"):
        deployment.stack("network")
    with pytest.raises(Stop, match="stopped"):
        Emulated("staging", "v1", agree=lambda question: False, out=io.StringIO()).stack("security")
    with pytest.raises(Stop, match="production is not taken down"):
        Emulated("production", "v1", out=io.StringIO()).down()
    with pytest.raises(Stop, match="which version"):
        Emulated("staging", "", out=io.StringIO()).setting("version")
    patch.undo()


def test_keys_are_made_once(moto_server, aws):
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ENDPOINT_URL", moto_server)
    manager = aws("secretsmanager")
    for name in ("master-key", "signing-key-a", "signing-key-b"):
        manager.create_secret(Name=f"rounds/development/{name}")
    deployment = Deployment("development", "v1", out=io.StringIO())
    deployment.keys()
    first = {n: manager.get_secret_value(SecretId=f"rounds/development/{n}")["SecretString"] for n in ("master-key", "signing-key-a", "signing-key-b")}
    deployment.keys()
    assert first == {n: manager.get_secret_value(SecretId=f"rounds/development/{n}")["SecretString"] for n in first}
    assert first["signing-key-a"] != first["signing-key-b"] and "BEGIN PRIVATE KEY" in first["signing-key-a"]
    assert "BEGIN PUBLIC KEY" in deployment.parameter("keys/signing-public-a")
    assert "PRIVATE" not in json.dumps(boto3.client("ssm", endpoint_url=moto_server).describe_parameters()["Parameters"], default=str)
    patch.undo()
