"""Brings Rounds up on AWS, one stack after the other, and takes it down again.

    deploy.py up ENVIRONMENT [--version V] [--yes] [--plan]
    deploy.py down ENVIRONMENT

Each change is shown before it is made, and made when it was agreed to. Running
it again continues where it stopped; running it once more changes nothing.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import subprocess
import sys
import time

import boto3
from botocore.exceptions import ClientError, WaiterError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stacks import EDGE_REGION, ORDER, ROOT, Template, environment_file, kebab

PREFIX_LIST = "com.amazonaws.global.cloudfront.origin-facing"


class Stop(Exception):
    """Ends the run with a sentence for whoever started it."""


class Deployment:
    """One environment on AWS."""

    def __init__(self, name: str, version: str = "", agree=None, only_plan: bool = False, out=sys.stdout):
        self.name, self.out, self.only_plan = name, out, only_plan
        self.file = environment_file(name)
        self.region = self.file["region"]
        self.agree = agree or ask
        self.clients: dict = {}
        self.version = version or self.parameter("app/version", default="")
        self.changed: set[str] = set()
        self.pause = 10  # seconds between two looks at something that takes minutes

    def say(self, text: str) -> None:
        print(text, file=self.out, flush=True)

    def client(self, service: str, region: str = ""):
        key = (service, region or self.region)
        if key not in self.clients:
            self.clients[key] = boto3.client(service, region_name=key[1])
        return self.clients[key]

    # --- parameters ---------------------------------------------------------

    def parameter(self, path: str, default: str | None = None) -> str:
        try:
            return self.client("ssm").get_parameter(Name=f"/rounds/{self.name}/{path}")["Parameter"]["Value"]
        except ClientError as e:
            if e.response["Error"]["Code"] != "ParameterNotFound":
                raise
        if default is None:
            raise Stop(f"the parameter /rounds/{self.name}/{path} is missing: the stack that makes it was not brought up")
        return default

    def keep(self, path: str, value: str) -> None:
        self.client("ssm").put_parameter(Name=f"/rounds/{self.name}/{path}", Value=value, Type="String", Overwrite=True)

    def setting(self, name: str) -> str:
        """What this tool itself finds out for a template."""
        if name == "cloudfront-prefix-list":
            found = self.client("ec2").describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [PREFIX_LIST]}])["PrefixLists"]
            found = [p for p in found if p["PrefixListName"] == PREFIX_LIST]
            if not found:
                raise Stop(f"the region {self.region} has no prefix list {PREFIX_LIST}")
            return found[0]["PrefixListId"]
        if name in ("signing-public-a", "signing-public-b"):
            return self.parameter(f"keys/{name}")
        if name == "home-region":
            return self.region
        if name == "version":
            if not self.version:
                raise Stop("which version? Give VERSION=…, the tag of the images")
            return self.version
        raise Stop(f"no template may ask for {name}")

    def given(self, template: Template) -> list[dict]:
        """The parameters of a stack: looked up, from the file, or left at their defaults."""
        values = {}
        for name, declared in template.parameters.items():
            if name == "Environment":
                values[name] = self.name
            elif name in template.settings:
                values[name] = self.setting(template.settings[name])
            elif name in template.ssm:
                self.parameter(template.ssm[name])  # missing: say which
                values[name] = f"/rounds/{self.name}/{template.ssm[name]}"
            elif name in template.home:
                values[name] = self.parameter(template.home[name])
            elif name in self.file["parameters"]:
                values[name] = str(self.file["parameters"][name])
            elif "Default" not in declared:
                raise Stop(f"deploy/aws/{self.name}.yaml: parameters: {name} is missing ({declared.get('Description', 'see ' + template.name)})")
        return [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()]

    # --- stacks ---------------------------------------------------------------

    def template(self, name: str) -> Template:
        return Template.read(name)

    def stack(self, name: str) -> None:
        """Shows what would change in a stack, and changes it when that was agreed to."""
        template = self.template(name)
        cfn = self.client("cloudformation", template.region or "")
        stack = f"rounds-{self.name}-{name}"
        state = self.state(cfn, stack)
        if state == "ROLLBACK_COMPLETE":  # of a first try: holds nothing, cannot be updated
            cfn.delete_stack(StackName=stack)
            cfn.get_waiter("stack_delete_complete").wait(StackName=stack)
            state = ""
        kind = "CREATE" if state in ("", "REVIEW_IN_PROGRESS") else "UPDATE"
        change = f"{stack}-{int(time.time() * 1000)}"
        cfn.create_change_set(
            StackName=stack, ChangeSetName=change, ChangeSetType=kind, TemplateBody=template.text, Parameters=self.given(template),
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"], Tags=[{"Key": "rounds:environment", "Value": self.name}],
        )
        try:
            cfn.get_waiter("change_set_create_complete").wait(StackName=stack, ChangeSetName=change, WaiterConfig={"Delay": 2, "MaxAttempts": 150})
        except WaiterError:
            reason = cfn.describe_change_set(StackName=stack, ChangeSetName=change).get("StatusReason", "")
            cfn.delete_change_set(StackName=stack, ChangeSetName=change)
            if "didn't contain changes" not in reason and "No updates" not in reason:
                raise Stop(f"{stack}: {reason}") from None
            self.say(f"{stack}: nothing to change")
            return
        self.show(cfn, stack, change)
        if self.only_plan or not self.agree(f"{stack}: go ahead?"):
            cfn.delete_change_set(StackName=stack, ChangeSetName=change)
            if not self.only_plan:
                raise Stop("stopped; run it again to go on from here")
            return
        cfn.execute_change_set(StackName=stack, ChangeSetName=change)
        try:
            cfn.get_waiter(f"stack_{kind.lower()}_complete").wait(StackName=stack, WaiterConfig={"Delay": 5, "MaxAttempts": 720})
        except WaiterError:
            raise Stop(f"{stack}: {self.why(cfn, stack)}") from None
        self.protect(cfn, stack)
        self.keep_outputs(cfn, stack, template)
        self.changed.add(name)
        self.say(f"{stack}: done")

    def protect(self, cfn, stack: str) -> None:
        """Outside development nobody deletes a stack without taking this back first."""
        if self.name != "development":
            cfn.update_termination_protection(StackName=stack, EnableTerminationProtection=True)

    @staticmethod
    def state(cfn, stack: str) -> str:
        try:
            return cfn.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        except ClientError as e:
            if "does not exist" in str(e):
                return ""
            raise

    def show(self, cfn, stack: str, change: str) -> None:
        for page in cfn.get_paginator("describe_change_set").paginate(StackName=stack, ChangeSetName=change):
            for c in page.get("Changes", []):
                r = c["ResourceChange"]
                replaced = "  REPLACED" if r.get("Replacement") in ("True", "Conditional") else ""
                self.say(f"{stack}: {r['Action'].lower():7} {r['LogicalResourceId']} ({r['ResourceType']}){replaced}")

    @staticmethod
    def why(cfn, stack: str) -> str:
        for event in cfn.describe_stack_events(StackName=stack)["StackEvents"][::-1]:
            if event["ResourceStatus"].endswith("_FAILED"):
                return f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'failed')}"
        return "failed"

    def keep_outputs(self, cfn, stack: str, template: Template) -> None:
        """Outputs of the front door, as parameters where the rest is."""
        if not template.region:
            return
        for output in cfn.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", []):
            self.keep(f"{template.name}/{kebab(output['OutputKey'])}", output["OutputValue"])

    # --- what is no stack -----------------------------------------------------------

    def service_roles(self) -> None:
        """Roles that AWS makes by itself at first use, too late for the key's policy that names one."""
        for service in ("autoscaling.amazonaws.com", "spot.amazonaws.com"):
            try:
                self.client("iam").create_service_linked_role(AWSServiceName=service)
            except ClientError as e:
                if e.response["Error"]["Code"] not in ("InvalidInput", "EntityAlreadyExists"):
                    raise

    def keys(self) -> None:
        """Makes the master key and the signing keys where they are missing. They are never written to a disk here."""
        self.fill("master-key", lambda: (base64.b64encode(secrets.token_bytes(32)).decode(), None))
        for slot in "ab":
            self.fill(f"signing-key-{slot}", new_signing_key, f"keys/signing-public-{slot}")

    def fill(self, name: str, make, public: str = "") -> None:
        manager, secret = self.client("secretsmanager"), f"rounds/{self.name}/{name}"
        versions = manager.describe_secret(SecretId=secret).get("VersionIdsToStages", {})
        if any("AWSCURRENT" in stages for stages in versions.values()):
            return
        value, shown = make()
        if public:  # first: a private key without its public half could not be used
            self.keep(public, shown)
        manager.put_secret_value(SecretId=secret, SecretString=value)
        self.say(f"{secret}: made")

    def terraform(self) -> None:
        """The database."""
        account = self.client("sts").get_caller_identity()["Account"]
        run = ["terraform", f"-chdir={ROOT / 'deploy' / 'terraform'}"]
        environment = {**os.environ, "TF_DATA_DIR": str(ROOT / "data" / f"terraform-{self.name}"), "TF_IN_AUTOMATION": "1"}
        plan = str(ROOT / "data" / f"terraform-{self.name}.plan")
        (ROOT / "data").mkdir(exist_ok=True)
        bucket = f"rounds-terraform-{self.name}-{account}-{self.region}"
        self.call([*run, "init", "-input=false", f"-backend-config=bucket={bucket}", f"-backend-config=key={self.name}.tfstate", f"-backend-config=region={self.region}"], environment)
        self.call([*run, "plan", "-input=false", f"-var-file={self.name}.tfvars", f"-var=region={self.region}", f"-out={plan}"], environment)
        if self.only_plan:
            return
        if not self.agree("terraform: go ahead?"):
            raise Stop("stopped; run it again to go on from here")
        self.call([*run, "apply", "-input=false", plan], environment)

    def call(self, command: list[str], environment: dict) -> None:
        if subprocess.run(command, env=environment, check=False).returncode != 0:
            raise Stop(f"{' '.join(command[:3])} failed")

    def migration(self) -> None:
        """Starts the machine that migrates, and waits for what it says."""
        if self.only_plan:
            return
        before = self.parameter("migrated", default="never")
        if before == f"{self.version} done":
            self.say("migration: this version's was done")
            return
        self.images()
        self.keep("migrated", f"{self.version} started")
        self.start_migration()
        self.wait("migration", lambda: self.parameter("migrated") != f"{self.version} started", minutes=30)
        if self.parameter("migrated") != f"{self.version} done":
            raise Stop(f"migration: failed; see the log group /rounds/{self.name}/migrate. The old version goes on.")
        self.say("migration: done")

    def images(self) -> None:
        """Machines would wait for ever for images that nobody has pushed."""
        for tag in (self.version, f"{self.version}-worker"):
            try:
                self.client("ecr").describe_images(repositoryName=f"rounds/{self.name}", imageIds=[{"imageTag": tag}])
            except ClientError as e:
                if e.response["Error"]["Code"] != "ImageNotFoundException":
                    raise
                raise Stop(f"the repository rounds/{self.name} has no image {tag}: push it, then run this again") from None

    def start_migration(self) -> None:
        self.client("ec2").run_instances(
            MinCount=1, MaxCount=1, SubnetId=self.parameter("network/private-subnets").split(",")[0],
            LaunchTemplate={"LaunchTemplateId": self.parameter("migrate/template"), "Version": "$Latest"},
        )

    def wait(self, what: str, done, minutes: int) -> None:
        until = time.monotonic() + minutes * 60
        while not done():
            if time.monotonic() > until:
                raise Stop(f"{what}: nothing heard for {minutes} minutes")
            time.sleep(self.pause)

    def rollout(self) -> None:
        """Replaces machines of another version or settings, a third of the API first; goes back by itself when alarms ring."""
        if self.only_plan:
            return
        self.wait("the API", self.api_answers, minutes=20)
        before = self.parameter("app/rolled-out", default="")
        if before == self.version and "app" not in self.changed:
            return
        if before and not self.refresh():
            if before == self.version:
                raise Stop("the roll-out of changed settings failed: take the change back and deploy again; see deploy/docs/aws.md")
            self.say(f"the roll-out of {self.version} failed: going back to {before}")
            failed, self.version, agree = self.version, before, self.agree
            self.agree = lambda question: True  # what was agreed to before
            self.stack("app")
            self.agree = agree
            if not self.refresh():
                raise Stop(f"going back to {before} failed too: see deploy/docs/aws.md")
            raise Stop(f"{failed} was rolled back to {before}")
        self.keep("app/rolled-out", self.version)

    def refresh(self) -> bool:
        scaling = self.client("autoscaling")
        names = [f"rounds-{self.name}-api-errors", f"rounds-{self.name}-api-slow"]
        alarms = [a["AlarmName"] for a in self.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]]
        gates = {"AlarmSpecification": {"Alarms": alarms}} if alarms else {}
        stages = {f"rounds-{self.name}-api": {"CheckpointPercentages": [34, 100], "CheckpointDelay": 300, **gates}, f"rounds-{self.name}-worker": {}}
        for group, more in stages.items():
            started = scaling.start_instance_refresh(
                AutoScalingGroupName=group, Strategy="Rolling",
                Preferences={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150, "InstanceWarmup": 60, "SkipMatching": True, **more},
            )["InstanceRefreshId"]

            def ended() -> str:
                found = scaling.describe_instance_refreshes(AutoScalingGroupName=group, InstanceRefreshIds=[started])["InstanceRefreshes"][0]
                self.say(f"{group}: {found['Status'].lower()}, {found.get('PercentageComplete', 0)} %")
                return found["Status"] if found["Status"] in ("Successful", "Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed") else ""

            self.wait(group, ended, minutes=180)
            if ended() != "Successful":
                return False
        return True

    def api_answers(self) -> bool:
        health = self.client("elbv2").describe_target_health(TargetGroupArn=self.parameter("app/targets-arn"))["TargetHealthDescriptions"]
        return sum(t["TargetHealth"]["State"] == "healthy" for t in health) >= int(self.file["parameters"]["ApiLeast"])

    # --- all of it ----------------------------------------------------------------------

    def up(self) -> None:
        for step in ORDER:
            if step == "security":
                self.service_roles()
            if step in ("terraform", "migration", "rollout"):
                getattr(self, step)()
            else:
                self.stack(step)
            if step == "security" and not self.only_plan:
                self.keys()
        self.say(f"ready: https://{self.file['parameters']['DomainName']}")

    def down(self) -> None:
        """Deletes the stacks, last first. What holds data stays: buckets, keys, secrets, backups."""
        if self.name == "production":
            raise Stop("production is not taken down by a command; deploy/docs/aws.md says how")
        if not self.agree(f"delete {self.name}? Its machines and its database go; buckets, keys and backups stay"):
            raise Stop("nothing was deleted")
        for step in reversed(ORDER):
            if step == "terraform":
                self.terraform_down()
            elif step not in ("migration", "rollout"):
                self.delete(step)

    def terraform_down(self) -> None:
        environment = {**os.environ, "TF_DATA_DIR": str(ROOT / "data" / f"terraform-{self.name}")}
        self.call(["terraform", f"-chdir={ROOT / 'deploy' / 'terraform'}", "destroy", f"-var-file={self.name}.tfvars", f"-var=region={self.region}"], environment)

    def delete(self, name: str) -> None:
        cfn, stack = self.client("cloudformation", Template.read(name).region or ""), f"rounds-{self.name}-{name}"
        if not self.state(cfn, stack):
            return
        cfn.delete_stack(StackName=stack)  # refused while it is protected, as it is outside development
        cfn.get_waiter("stack_delete_complete").wait(StackName=stack)
        self.say(f"{stack}: deleted")


def new_signing_key() -> tuple[str, str]:
    """An ECDSA P-256 key, as CloudFront and Rounds take it: private PKCS#8 and public, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def ask(question: str) -> bool:
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def ask_for_name(name: str):
    """Taking down is agreed to by the name of what goes."""
    return lambda question: input(f"{question}. Type its name: ").strip() == name


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("act", choices=["up", "down"])
    parser.add_argument("environment", choices=["development", "staging", "production"])
    parser.add_argument("--version", default="", help="tag of the images; default: the one that runs")
    parser.add_argument("--yes", action="store_true", help="agree to every change that is shown")
    parser.add_argument("--plan", action="store_true", help="only show the changes, as far as the stacks before are there")
    given = parser.parse_args()
    try:
        agree = ask_for_name(given.environment) if given.act == "down" else (lambda question: True) if given.yes else ask
        deployment = Deployment(given.environment, given.version, agree, given.plan)
        getattr(deployment, given.act)()
    except (Stop, ClientError) as e:
        print(f"deploy: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
