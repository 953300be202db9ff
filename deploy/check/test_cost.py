"""The page of costs says what its arithmetic says."""

import cost
from conftest import ROOT


def test_page_is_computed():
    assert (ROOT / "deploy" / "docs" / "cost.md").read_text() == cost.page(), "python deploy/check/cost.py > deploy/docs/cost.md"


def test_arithmetic():
    assert cost.machines(13_000) == 3 and cost.machines(52_000) == 12, "as deploy/scale has it"
    assert round(cost.edge(10_000)) == 850 and round(cost.edge(20_000)) == 850 + 800
    crowd = cost.event(52_000)
    assert round(crowd["gbps"][3]) == 156 and round(crowd["gigabytes"][3]) == 70_200, "as research has it"
    assert round(crowd["beats"]) == 5200 and round(crowd["segments"]) == 8667
