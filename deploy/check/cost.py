"""Computes deploy/docs/cost.md: `python deploy/check/cost.py > deploy/docs/cost.md`.

Everything that is assumed stands at the top; what follows is arithmetic.
"""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
HOURS = 730  # of a month

# List prices in USD of us-east-1, without tax and discounts, from memory of 2026-11:
# check them before you rely on them. Other regions cost up to 15 % more.
PRICE = {
    "t3.small": 0.0208, "c7i.large": 0.08925, "c7i.xlarge": 0.1785, "c7i.2xlarge": 0.357,  # an hour
    "db.t4g.medium": 0.065, "db.m7g.large": 0.168, "db.r7g.xlarge": 0.478, "db.r7g.2xlarge": 0.956,  # an hour, one zone
    "spot": 0.40,  # part of the price that spot instances cost, as a rule
    "nat hour": 0.045, "nat GB": 0.045, "endpoint hour": 0.01, "balancer hour": 0.0225, "LCU hour": 0.008,
    "disk GB": 0.08, "database GB": 0.115, "backup GB": 0.095, "S3 GB": 0.023,
    "alarm": 0.10, "metric": 0.30, "log GB": 0.50, "key": 1.0, "secret": 0.40, "firewall": 5 + 5, "million requests in the firewall": 0.60,
    "10,000 requests at the edge": 0.0100, "1,000 mails": 0.10,
}
EDGE_TIERS = [(10_000, 0.085), (40_000, 0.080), (100_000, 0.060), (350_000, 0.040), (524_000, 0.030), (float("inf"), 0.025)]  # GB a month, USD a GB

ENDPOINTS, ZONES = 10, 3
METRICS, LOGS_GB = 60, 20
MAILS_EACH = 3  # a viewer and event: invitation, code, reminder

# Of an event, from research: what a viewer does.
SEGMENT_S, BEAT_S, START_REQUESTS, ARRIVALS_S = 6, 10, 6, 600
RATES = (2, 3, 6)  # Mb/s: slides, usual, a lively picture at full height
USUAL = 3
EVENT_HOURS, AROUND_HOURS, EVENTS = 1, 1.25, 8  # 45 min before and 30 min after; a month
DOCTORS_EACH = 6500  # a machine of the API of 2 vCPU; measured: 52,000 doctors' beats on two cores with the database beside it
DATABASE_OF = {13_000: "db.r7g.xlarge", 52_000: "db.r7g.2xlarge"}
QUOTA_GBPS, QUOTA_RPS = 150, 250_000


def environment(name: str) -> dict:
    given = yaml.safe_load((ROOT / "deploy" / "aws" / f"{name}.yaml").read_text())["parameters"]
    text = (ROOT / "deploy" / "terraform" / f"{name}.tfvars").read_text()
    given["database"] = re.search(r'instance_class\s*=\s*"(\S+)"', text)[1]
    given["multi"] = re.search(r"multi_az\s*=\s*(\w+)", text)[1] == "true"
    given["storage"] = int(re.search(r"(?m)^storage_gb\s*=\s*(\d+)", text)[1])
    return given


def month(name: str) -> dict[str, float]:
    """What an environment costs a month with nobody there."""
    e = environment(name)
    yes = lambda key: e.get(key) == "true"  # noqa: E731
    copies = 2 if e["multi"] else 1
    worker = e.get("WorkerType", "c7i.2xlarge")
    on_demand = min(e["WorkersOnDemand"], e["WorkersLeast"])
    workers = PRICE[worker] * (on_demand + (e["WorkersLeast"] - on_demand) * PRICE["spot"])
    nats = ZONES if yes("NatPerZone") else 1
    return {
        "API": HOURS * e["ApiLeast"] * PRICE[e["ApiType"]],
        "workers": HOURS * workers,
        "database": copies * (HOURS * PRICE[e["database"]] + e["storage"] * PRICE["database GB"]) + e["storage"] * PRICE["backup GB"],
        "network": HOURS * (nats * PRICE["nat hour"] + (ENDPOINTS * ZONES * PRICE["endpoint hour"] if yes("InterfaceEndpoints") else 0)) + 100 * PRICE["nat GB"],
        "balancer and firewall": HOURS * (PRICE["balancer hour"] + PRICE["LCU hour"]) + PRICE["firewall"],
        "disks": ((e["ApiLeast"] + e["ApiWarm"]) * 40 + e["WorkersLeast"] * e.get("WorkerDisk", 200)) * PRICE["disk GB"],
        "seeing, keys, secrets": 45 * PRICE["alarm"] + METRICS * PRICE["metric"] + LOGS_GB * PRICE["log GB"] + 4 * PRICE["key"] + 8 * PRICE["secret"],
    }


def machines(viewers: int) -> int:
    """As rounds admin scale: one zone of three may be lost."""
    needed = -(-viewers // DOCTORS_EACH)
    return max(3, needed + -(-needed // 2))


def edge(gigabytes: float) -> float:
    cost = 0.0
    for size, price in EDGE_TIERS:
        part = min(gigabytes, size)
        cost, gigabytes = cost + part * price, gigabytes - part
    return cost


def event(viewers: int) -> dict:
    gigabytes = {r: viewers * r / 8 * 3600 * EVENT_HOURS / 1000 for r in RATES}
    per_second = viewers / SEGMENT_S + viewers / BEAT_S
    requests = per_second * 3600 * EVENT_HOURS + viewers * (START_REQUESTS + 20)
    more = machines(viewers) - 3
    return {
        "gigabytes": gigabytes, "segments": viewers / SEGMENT_S, "beats": viewers / BEAT_S, "arrivals": viewers / ARRIVALS_S,
        "rps": per_second + viewers * (START_REQUESTS + 20) / ARRIVALS_S, "gbps": {r: viewers * r / 1000 for r in RATES},
        "machines": machines(viewers), "machines cost": more * PRICE["c7i.large"] * (EVENT_HOURS + AROUND_HOURS),
        "requests cost": requests / 10_000 * PRICE["10,000 requests at the edge"], "firewall cost": requests / 1e6 * PRICE["million requests in the firewall"],
        "mails cost": viewers * MAILS_EACH / 1000 * PRICE["1,000 mails"],
    }


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join(lines + [f"| {' | '.join(r)} |" for r in rows])


def usd(x: float) -> str:
    return f"{x:,.0f}" if x >= 10 else f"{x:,.2f}"


def page() -> str:
    names = ["development", "staging", "production"]
    months = {n: month(n) for n in names}
    rows = [[k, *(usd(months[n][k]) for n in names)] for k in months["production"]]
    rows.append(["**a month with nobody there**", *(f"**{usd(sum(months[n].values()))}**" for n in names)])
    crowd = {v: event(v) for v in (13_000, 52_000)}
    head = ["", *(f"{v:,} viewers" for v in crowd)]
    monthly = {v: edge(EVENTS * e["gigabytes"][USUAL]) for v, e in crowd.items()}
    upgrade = {v: 2 * HOURS * (PRICE[DATABASE_OF[v]] - PRICE[environment("production")["database"]]) for v in crowd}
    other = {v: EVENTS * sum(e[k] for k in e if k.endswith(" cost")) for v, e in crowd.items()}
    base = sum(months["production"].values())
    total = {v: base + upgrade[v] + monthly[v] + other[v] for v in crowd}
    load = [
        ["segments a second", *(f"{e['segments']:,.0f}" for e in crowd.values())],
        ["beats a second", *(f"{e['beats']:,.0f}" for e in crowd.values())],
        ["arrivals a second, within ten minutes", *(f"{e['arrivals']:,.0f}" for e in crowd.values())],
        ["requests a second at the edge while they arrive", *(f"{e['rps']:,.0f}" for e in crowd.values())],
        *([f"Gb/s at {r} Mb/s each", *(f"{e['gbps'][r]:,.0f}" for e in crowd.values())] for r in RATES),
        *([f"TB an hour at {r} Mb/s", *(f"{e['gigabytes'][r] / 1000:,.1f}" for e in crowd.values())] for r in RATES),
        ["machines of the API (c7i.large), a zone may be lost", *(str(e["machines"]) for e in crowd.values())],
        ["database", *(DATABASE_OF[v] for v in crowd)],
    ]
    costs = [
        [f"production with nobody there", *(usd(base) for _ in crowd)],
        ["a larger database", *(usd(upgrade[v]) for v in crowd)],
        [f"bytes from the edge, {EVENTS} events of {EVENT_HOURS} h at {USUAL} Mb/s", *(usd(monthly[v]) for v in crowd)],
        ["requests, firewall, machines for the events, mail", *(usd(other[v]) for v in crowd)],
        ["**a month**", *(f"**{usd(total[v])}**" for v in crowd)],
        ["a viewer and event", *(f"{(total[v]) / EVENTS / v:.2f}" for v in crowd)],
    ]
    quota = [[f"{v:,} viewers", *(f"{e['gbps'][r] * 1.25:,.0f}" + (" **← raise**" if e["gbps"][r] * 1.25 > QUOTA_GBPS else "") for r in RATES), f"{e['rps'] * 1.25:,.0f}"] for v, e in crowd.items()]
    return f"""# What it costs on AWS

Computed by `python deploy/check/cost.py > deploy/docs/cost.md` from `deploy/aws/*.yaml`, `deploy/terraform/*.tfvars` and the assumptions at the
top of that file; a test holds this page to it. Prices are **list prices in USD of us-east-1 as known in November 2026, without tax, discounts and
savings plans: check them before you rely on them**. Other regions cost up to 15 % more.

## A month with nobody there

{table(["", *names], rows)}

Development has no standby, one NAT gateway and no interface endpoints; it can be taken down at night (`make destroy ENV=development`) but for its
buckets and keys. Workers beyond the least are spot instances at some {PRICE["spot"]:.0%} of the price, for as long as recordings wait: an hour of
video takes a c7i.2xlarge roughly a quarter of an hour, so a cent or five.

## What a crowd asks for

{table(head, load)}

A segment lasts {SEGMENT_S} s, a player tells of itself every {BEAT_S} s, and asks for {START_REQUESTS} objects and some 20 scripts, pages and pictures at
the start. One machine is planned for {DOCTORS_EACH:,} doctors: 52,000 doctors' beats were measured on two cores that had the database beside
them (`playback/docs/benchmarks.md`), which leaves three quarters for everything else. Half as many again are there for the loss of a zone. S3 sees each
object once or twice (Origin Shield), far below its limits.

## A month with {EVENTS} events of an hour

{table(head, costs)}

Bytes are nearly all of it. CloudFront's committed-use prices and flat-rate plans are much lower at this size: compare them before the first event
(a flat-rate plan must allow key groups and our firewall rules). Recordings of slides come to 1.5–2.5 Mb/s on average, so the row of 2 Mb/s in the
table above is what a usual talk needs.

## Quotas to ask for

A distribution begins with {QUOTA_GBPS} Gb/s and {QUOTA_RPS:,} requests a second. Needed, with a quarter to spare, in Gb/s:

{table(["", *(f"at {r} Mb/s" for r in RATES), "requests a second"], quota)}

Ask for it two weeks before (Service Quotas, CloudFront, *Data transfer rate per distribution*), and set `QuotaGigabitsPerSecond` in
`deploy/aws/production.yaml` to what was granted: the alarm `AwsEdgeTraffic` comes at four fifths of it.

| quota | begins with | needed for 52,000 |
|---|---|---|
| EC2 on demand, standard vCPU | 32 or less | 2 × {machines(52_000)} for the API, 8 × 2 for workers |
| EC2 spot, standard vCPU | 32 or less | 8 × 22 for workers at their most |
| SES mails a second | 14, after the sandbox 1 | 100 (`MailRate`): 87 codes a second while they arrive |
| rules a security group | 60 | CloudFront's prefix list counts as 55 of the load balancer's |
| load balancer | grows by itself, not within a minute | reserve LCUs (or ask for pre-warming) for {52_000 / BEAT_S + 52_000 * 10 / ARRIVALS_S:,.0f} requests a second |
"""


if __name__ == "__main__":
    sys.stdout.write(page())
