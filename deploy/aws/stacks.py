"""The stacks of Rounds, in order, and what each is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "deploy" / "cloudformation"
EDGE_REGION = "us-east-1"

# What is made in which order. "terraform" and "migration" are no stacks.
ORDER = ["security", "network", "terraform", "storage", "edge", "delivery", "mail", "backup", "migrate", "migration", "app", "rollout", "observability"]


class Tagged:
    """A short form such as !Ref; this tool looks only beside them."""


class Loader(yaml.SafeLoader):
    """Reads templates without caring for CloudFormation's short forms."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: Tagged())


@dataclass
class Template:
    """What one file asks for."""

    name: str
    text: str
    parameters: dict
    settings: dict
    ssm: dict
    home: dict
    region: str | None
    outputs: list

    @staticmethod
    def read(name: str) -> "Template":
        text = (TEMPLATES / f"{name}.yaml").read_text()
        parsed = yaml.load(text, Loader)  # noqa: S506 - our own files, with a safe loader
        ours = parsed.get("Metadata", {}).get("Rounds", {})
        return Template(
            name, text, parsed.get("Parameters", {}), ours.get("Settings", {}), ours.get("From", {}),
            ours.get("FromHome", {}), ours.get("Region"), list(parsed.get("Outputs", {})),
        )


def environment_file(name: str) -> dict:
    """What deploy/aws/ENVIRONMENT.yaml says."""
    return yaml.safe_load((ROOT / "deploy" / "aws" / f"{name}.yaml").read_text())


def kebab(name: str) -> str:
    """DistributionArn → distribution-arn."""
    return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")
