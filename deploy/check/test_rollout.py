"""A roll-out that an alarm stops goes back by itself."""

import io
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "deploy" / "aws"))
from deploy import Deployment, Stop  # noqa: E402


class Scaling:
    """Answers as EC2 Auto Scaling does; refreshes end as told."""

    def __init__(self, ends):
        self.ends, self.asked = list(ends), []

    def start_instance_refresh(self, **asked):
        self.asked.append(asked)
        self.status = self.ends.pop(0)
        return {"InstanceRefreshId": str(len(self.asked))}

    def describe_instance_refreshes(self, **asked):
        return {"InstanceRefreshes": [{"Status": self.status, "PercentageComplete": 34}]}


class Alarms:
    def describe_alarms(self, AlarmNames):
        return {"MetricAlarms": [{"AlarmName": name} for name in AlarmNames]}


class Rolled(Deployment):
    """The tool without AWS behind it: remembers what it was told to do."""

    def __init__(self, ends, before):
        self.kept = {"app/rolled-out": before} if before else {}
        super().__init__("production", "v2", agree=lambda question: False, out=io.StringIO())
        self.clients = {("autoscaling", self.region): Scaling(ends), ("cloudwatch", self.region): Alarms()}
        self.stacks, self.pause = [], 0

    def parameter(self, path, default=None):
        return self.kept.get(path, default)

    def keep(self, path, value):
        self.kept[path] = value

    def stack(self, name):
        self.stacks.append((name, self.version))
        assert self.agree("again?"), "going back must not wait for somebody to agree"

    def api_answers(self):
        return True


def test_roll_out():
    r = Rolled(["Successful", "Successful"], "v1")
    r.rollout()
    assert r.kept["app/rolled-out"] == "v2" and r.stacks == []
    api, workers = r.clients["autoscaling", r.region].asked
    assert api["AutoScalingGroupName"] == "rounds-production-api" and workers["AutoScalingGroupName"] == "rounds-production-worker"
    assert api["Preferences"]["MinHealthyPercentage"] == 100
    assert api["Preferences"]["CheckpointPercentages"] == [34, 100], "a third first"
    assert api["Preferences"]["AlarmSpecification"] == {"Alarms": ["rounds-production-api-errors", "rounds-production-api-slow"]}


@pytest.mark.parametrize("ends", [["Failed", "Successful", "Successful"], ["Successful", "Cancelled", "Successful", "Successful"]])
def test_going_back(ends):
    r = Rolled(ends, "v1")
    with pytest.raises(Stop, match="v2 was rolled back to v1"):
        r.rollout()
    assert r.stacks == [("app", "v1")] and r.kept["app/rolled-out"] == "v1"


def test_going_back_fails():
    with pytest.raises(Stop, match="going back to v1 failed too"):
        Rolled(["Failed", "Failed"], "v1").rollout()


def test_first_and_same_version_replace_nothing():
    first = Rolled([], "")
    first.rollout()
    assert first.kept["app/rolled-out"] == "v2"
    Rolled([], "v2").rollout()


def test_changed_settings_are_rolled_out_too():
    r = Rolled(["Successful", "Successful"], "v2")
    r.changed.add("app")
    r.rollout()
    assert len(r.clients["autoscaling", r.region].asked) == 2
    r = Rolled(["Failed"], "v2")
    r.changed.add("app")
    with pytest.raises(Stop, match="take the change back"):
        r.rollout()


def test_failed_migration_stops():
    class Migrating(Rolled):
        def images(self):
            pass

        def start_migration(self):
            self.keep("migrated", "v2 failed")

    r = Migrating([], "v1")
    with pytest.raises(Stop, match="The old version goes on"):
        r.migration()
    r.kept["migrated"] = "v2 done"
    r.migration()
