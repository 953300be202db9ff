"""What the checks know of deploying: the order of the stacks, and where their templates are."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "deploy" / "cloudformation"

# Said once, in the file that `make deploy` reads too.
ORDER = yaml.safe_load((ROOT / "deploy" / "aws" / "stacks.yaml").read_text())["order"]


def kebab(name: str) -> str:
    """DistributionArn → distribution-arn."""
    return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")
