"""`rounds admin scale` against the emulated Auto Scaling: the Go test of deploy/scale that needs one."""

import os
import subprocess

from conftest import REGION, ROOT


def test_scheduled_actions(moto_server, aws):
    ec2, scaling = aws("ec2"), aws("autoscaling")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    ec2.create_launch_template(LaunchTemplateName="api", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"})
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="rounds-check-api", MinSize=3, MaxSize=12, AvailabilityZones=[f"{REGION}a"], LaunchTemplate={"LaunchTemplateName": "api", "Version": "$Latest"},
    )
    done = subprocess.run(
        ["go", "test", "-count=1", "-tags", "moto", "-run", "TestGroupAgainstAnEmulator", "-v", "./deploy/scale"],
        cwd=ROOT, text=True, capture_output=True, check=False,
        env={**os.environ, "AWS_ENDPOINT_URL": moto_server, "AWS_REGION": REGION, "ROUNDS_TEST_GROUP": "rounds-check-api"},
    )
    assert done.returncode == 0 and "--- PASS: TestGroupAgainstAnEmulator" in done.stdout, done.stdout + done.stderr
