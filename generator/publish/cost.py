"""AWS's list prices, and what a plan and the resources of a stack cost by them.

It is the one table for all that names a price: `plan` counts requests with it, `infra plan` shows
it beside each resource, bench/cost_sheet.py multiplies it, and docs/cost.md has it as a table,
which `make schema` writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from generator.publish.invalidation import FREE_PATHS
from generator.publish.plan import Plan

REGION, READ = "us-east-1", "November 2026"
"""Where these prices hold, and when they were read (docs/cost.md says which of them not at AWS);
other regions differ by some tens of percent. Taxes and the credits of new accounts are left out."""

MILLION = 1_000_000


class Price(NamedTuple):
    """Dollars of one unit; `shown` is how AWS writes it, and `free` what each account has of it
    every month for nothing."""

    dollars: float
    shown: str
    free: str = ""


class Service(NamedTuple):
    """The page that has the prices of a service, by AWS's title for it."""

    name: str
    source: str
    prices: tuple[str, ...]


PRICES = {
    "write": Price(0.625 / MILLION, "$0.625 a million write units"),
    "read": Price(0.125 / MILLION, "$0.125 a million read units"),
    "stored": Price(0.25, "$0.25 a GB stored", "25 GB"),
    "recovery": Price(0.20, "$0.20 a GB of point-in-time recovery"),
    "api": Price(1.00 / MILLION, "$1.00 a million requests"),
    "invocation": Price(0.20 / MILLION, "$0.20 a million calls", "1 million"),
    "gb_second": Price(0.0000133334, "$0.0000133334 a GB-second (arm64)", "400,000"),
    "cdn": Price(0.0100 / 10_000, "$0.0100 for 10,000 HTTPS requests", "10 million"),
    "cdn_gb": Price(0.085, "$0.085 a GB", "1 TB"),
    "edge": Price(0.10 / MILLION, "$0.10 a million calls of the edge function", "2 million"),
    "path": Price(0.005, "$0.005 a path to forget", "1,000"),
    "plan_free": Price(0.0, "$0 for the free plan"),
    "plan_pro": Price(15.0, "$15 for Pro"),
    "put": Price(0.005 / 1_000, "$0.005 for 1,000 writes"),
    "get": Price(0.0004 / 1_000, "$0.0004 for 1,000 GETs"),
    "bucket_gb": Price(0.023, "$0.023 a GB stored"),
    "web_acl": Price(5.00, "$5 a web ACL"),
    "rule": Price(1.00, "$1 a rule"),
    "inspected": Price(0.60 / MILLION, "$0.60 a million requests"),
    "mail": Price(0.10 / 1_000, "$0.10 for 1,000 mails"),
    "alarm": Price(0.10, "$0.10 an alarm", "10"),
    "dashboard": Price(3.00, "$3 a dashboard", "3"),
    "log_gb": Price(0.50, "$0.50 a GB of logs", "5 GB"),
    "notice": Price(2.00 / 100_000, "$2.00 for 100,000 mails", "1,000"),
    "queue": Price(0.40 / MILLION, "$0.40 a million requests", "1 million"),
    "dns": Price(0.40 / MILLION, "$0.40 a million queries; for names of the CDN nothing"),
    "key": Price(1.00, "$1 a key"),
    "signature": Price(0.15 / 10_000, "$0.15 for 10,000 signatures"),
}

SERVICES = (
    Service(
        "DynamoDB on demand", "Amazon DynamoDB pricing", ("write", "read", "stored", "recovery")
    ),
    Service("API Gateway, HTTP API", "Amazon API Gateway pricing", ("api",)),
    Service("Lambda", "AWS Lambda pricing", ("invocation", "gb_second")),
    Service("CloudFront", "Amazon CloudFront pricing", ("cdn", "cdn_gb", "edge", "path")),
    Service(
        "CloudFront, flat-rate", "CloudFront flat-rate pricing plans", ("plan_free", "plan_pro")
    ),
    Service("S3", "Amazon S3 pricing", ("put", "get", "bucket_gb")),
    Service("WAF, without a plan", "AWS WAF pricing", ("web_acl", "rule", "inspected")),
    Service("SES", "Amazon SES pricing", ("mail",)),
    Service("CloudWatch", "Amazon CloudWatch pricing", ("alarm", "dashboard", "log_gb")),
    Service("SNS", "Amazon SNS pricing", ("notice",)),
    Service("SQS", "Amazon SQS pricing", ("queue",)),
    Service("Route 53", "Amazon Route 53 pricing", ("dns",)),
    Service("KMS, for DNSSEC", "AWS Key Management Service pricing", ("key", "signature")),
)


class Monthly(NamedTuple):
    """What a resource costs: `fixed` dollars each month whoever comes, of which `spared` are free
    where the account has no other such resource; and what its use costs, in words."""

    fixed: float = 0.0
    spared: float = 0.0
    use: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The price as it stands beside a resource."""
        parts = []
        if self.fixed:
            free = " (free tier)" if self.spared == self.fixed else ""
            parts.append(f"${self.fixed:,.2f} a month{free}")
        parts += [_with_free(name) for name in self.use]
        return ", ".join(parts) or "free"


FREE = Monthly()
"""What nothing is charged for."""

_BY_USE = {
    "AWS::S3::Bucket": ("bucket_gb", "put", "get"),
    "AWS::CloudFront::Distribution": ("cdn", "cdn_gb"),
    "AWS::CloudFront::Function": ("edge",),
    "AWS::ApiGatewayV2::Api": ("api",),
    "AWS::Lambda::Function": ("invocation", "gb_second"),
    "AWS::Serverless::Function": ("invocation", "gb_second"),
    "AWS::DynamoDB::Table": ("write", "read", "stored"),
    "AWS::Logs::LogGroup": ("log_gb",),
    "AWS::SNS::Topic": ("notice",),
    "AWS::SQS::Queue": ("queue",),
    "AWS::SES::EmailIdentity": ("mail",),
    "AWS::Route53::RecordSetGroup": ("dns",),
}
_FREE = {
    "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage", "AWS::Budgets::Budget", "AWS::CertificateManager::Certificate",
    "AWS::CloudFront::CachePolicy", "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy", "AWS::Events::Rule", "AWS::IAM::Role",
    "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Permission", "AWS::Logs::MetricFilter",
    "AWS::Route53::DNSSEC", "AWS::Route53::KeySigningKey", "AWS::S3::BucketPolicy",
    "AWS::SES::ConfigurationSet", "AWS::SES::ConfigurationSetEventDestination",
    "AWS::Scheduler::Schedule",
}  # fmt: skip
"""What AWS charges nothing for, or nothing that shows: a schedule that runs a few times an hour."""


def price_of(
    kind: str, *, rules: int = 0, pro: bool = False, planned: bool = False
) -> Monthly | None:
    """Return what a resource of CloudFormation's type `kind` costs, or None where that is not
    known here.

    `rules` is how many a firewall has. `pro` is the plan's tier, and `planned` says that a plan's
    price has the distribution and its firewall in it.
    """
    if kind == "AWS::WAFv2::WebACL":
        if planned:
            return Monthly(use=("in_plan",))
        fixed = PRICES["web_acl"].dollars + rules * PRICES["rule"].dollars
        return Monthly(fixed=fixed, use=("inspected",))
    if kind == "AWS::CloudFront::Distribution" and planned:
        return Monthly(use=("in_plan",))
    if kind == "AWS::PricingPlanManager::Subscription":
        return Monthly(fixed=PRICES["plan_pro" if pro else "plan_free"].dollars)
    if kind == "AWS::KMS::Key":
        return Monthly(fixed=PRICES["key"].dollars, use=("signature",))
    if kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"):
        dollars = PRICES["alarm" if kind.endswith("Alarm") else "dashboard"].dollars
        return Monthly(fixed=dollars, spared=dollars)
    if kind in _BY_USE:
        return Monthly(use=_BY_USE[kind])
    return FREE if kind in _FREE else None


class Total(NamedTuple):
    """What several resources cost each month whoever comes, and how much of it is free in an
    account that has no others of their kind."""

    fixed: float
    spared: float


_MOST_FREE = {"AWS::CloudWatch::Alarm": 10, "AWS::CloudWatch::Dashboard": 3}


def total(resources: Iterable[tuple[str, Monthly]]) -> Total:
    """Return the sum of the prices of resources, each with its type."""
    fixed = spared = 0.0
    seen: dict[str, int] = {}
    for kind, monthly in resources:
        fixed += monthly.fixed
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= _MOST_FREE.get(kind, 0):
            spared += monthly.spared
    return Total(round(fixed, 2), round(spared, 2))


def _with_free(name: str) -> str:
    if name == "in_plan":
        return "in the plan's price"
    price = PRICES[name]
    return f"{price.shown} ({price.free} free)" if price.free else price.shown


def table() -> str:
    """Return all prices as a table of Markdown."""
    lines = ["| what | price, and what is free each month | source |", "|---|---|---|"]
    for service in SERVICES:
        shown = "; ".join(map(_with_free, service.prices))
        lines.append(f'| {service.name} | {shown} | AWS, "{service.source}" |')
    return "\n".join(lines)


_BOOKKEEPING_WRITES = 4  # lease, journal, the release's record, the manifest
_LOOKS = 2  # manifest and journal; the manifest is looked at again under the lease


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of a plan and their price. `paths_free` is what the month still has free of charge
    after it; `dollars` is the sum."""

    writes: int
    reads: int
    bytes: int
    paths: int
    paths_paid: int
    paths_free: int
    dollars: float


def cost_of(plan: Plan, month: str) -> Cost:
    """Return what the plan costs at S3 and CloudFront; `month` is such as `2026-11`."""
    writes = sum(1 for o in plan.operations if o.kind in ("keep", "upload", "copy"))
    paths = sum(1 for o in plan.operations if o.kind == "invalidate")
    if plan.operations:
        writes += _BOOKKEEPING_WRITES + bool(paths)
    reads = _LOOKS + bool(plan.operations)
    used = plan.target.invalidated.get(month, 0)
    free = max(0, FREE_PATHS - used)
    paid = max(0, paths - free)
    dollars = (
        writes * PRICES["put"].dollars
        + reads * PRICES["get"].dollars
        + paid * PRICES["path"].dollars
    )
    return Cost(
        writes=writes,
        reads=reads,
        bytes=sum(o.bytes for o in plan.operations),
        paths=paths,
        paths_paid=paid,
        paths_free=max(0, free - paths),
        dollars=round(dollars, 6),
    )
