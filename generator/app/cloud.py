"""Puts together S3, CloudFront and the stack that says where they are."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.adapters.aws.account import Account
from generator.adapters.aws.cloudfront import CloudFront
from generator.adapters.aws.s3_store import S3Store
from generator.adapters.aws.stack_outputs import StackOutputs, read_outputs
from generator.adapters.program_files import program_folder
from generator.app.workspace import Workspace
from generator.config.settings import SiteConfig
from generator.publish import edge_rules
from generator.publish.cost import READ, REGION, Monthly, Total, price_of
from generator.publish.publisher import Target
from generator.publish.store import StoreError
from generator.publish.throttle import Throttle

if TYPE_CHECKING:
    from generator.adapters.aws.cloudformation import Change

EDGE_TEMPLATE = program_folder() / "infra" / "edge" / "viewer-request.js"


def account_of(config: SiteConfig) -> Account:
    """The account and region that site.yaml names. Raises StoreError."""
    settings = config.publish
    return Account(
        region=settings.region, profile=settings.profile, endpoint_url=settings.endpoint_url
    )


def outputs_of(config: SiteConfig, account: Account) -> StackOutputs:
    """Where the site is: by the stack's outputs, and by site.yaml, which wins."""
    settings = config.publish
    found = StackOutputs(bucket=settings.bucket)
    if settings.stack:
        found = read_outputs(account.client("cloudformation"), settings.stack)
    return StackOutputs(
        bucket=settings.bucket or found.bucket,
        distribution=settings.distribution or found.distribution,
        edge_function=settings.edge_function or found.edge_function,
        api=found.api,
        site=found.site,
    )


def open_cloud_target(config: SiteConfig, root: Path) -> Target:
    """Return the bucket, with its distribution where there is one. Raises StoreError."""
    account = account_of(config)
    where = outputs_of(config, account)
    store = store_of(config, account, where.bucket)
    distribution = None
    if where.distribution:
        distribution = CloudFront(
            account.client("cloudfront"), where.distribution, where.edge_function
        )
    return Target(
        store=store,
        throttle=store.throttle,
        distribution=distribution,
        edge_code=(lambda redirects, paths: edge_code(redirects, paths, config.base, root))
        if where.distribution and where.edge_function
        else None,
        edge_name=where.edge_function,
        base=config.base,
        site=config.url.rstrip("/"),
        answers_at=where.site,
    )


def store_of(config: SiteConfig, account: Account, bucket: str) -> S3Store:
    """Return the site's place in the bucket."""
    settings = config.publish
    prefix = settings.prefix.strip("/")
    return S3Store(
        account.client("s3", connections=settings.concurrency),
        bucket,
        f"{prefix}/" if prefix else "",
        Throttle(settings.concurrency),
    )


def edge_code(redirects: Mapping[str, str], paths: Collection[str], base: str, root: Path) -> str:
    """The edge function for a release; the site's own template comes before the one that is
    shipped. Raises StoreError where it cannot hold what it must."""
    own = root / "infra" / "edge" / "viewer-request.js"
    template = (own if own.is_file() else EDGE_TEMPLATE).read_text(encoding="utf-8")
    try:
        table = edge_rules.flatten(redirects, base)
        code, _placed = edge_rules.function_code(
            template, table, edge_rules.file_table(paths, base)
        )
    except edge_rules.NoRoom as error:
        raise StoreError(str(error), error.hint) from None
    return code


def stack_name(workspace: Workspace, stage: str) -> str:
    """The stack of a stage: `publish.stack`, or one named after the site's host."""
    config = workspace.config
    host = config.origin.partition("://")[2].partition(":")[0]
    name = config.publish.stack or f"tidepost-{re.sub('[^A-Za-z0-9]+', '-', host)}".strip("-")
    return name if stage == "prod" else f"{name}-{stage}"


class StackPrices:
    """What each resource of a template costs with the values of its parameters."""

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        self.resources = template["Resources"]
        self.managed = parameters.get("Waf") == "standard"
        self.plan = parameters.get("Plan", "none")

    def of(self, change: Change) -> Monthly | None:
        """Return what a resource costs, or None where that is not known."""
        properties = self.resources.get(change.name, {}).get("Properties", {})
        rules = properties.get("Rules", ())
        asked = [one for one in rules if isinstance(one, dict) and "Fn::If" in one]
        return price_of(
            change.kind,
            rules=len(rules) - (0 if self.managed else len(asked)),
            pro=self.plan == "pro",
            planned=self.plan in ("free", "pro"),
        )


def price_as_data(monthly: Monthly | None) -> dict[str, Any] | None:
    """Return a resource's price for `--json`."""
    if monthly is None:
        return None
    return {"fixed": monthly.fixed, "free": monthly.spared, "words": monthly.words}


def in_all(sums: Mapping[str, Total], region: str, *, is_new: bool) -> list[str]:
    """Return what the changes come to each month."""
    added, removed = sums["Add"], sums["Remove"]
    lines = []
    if is_new or added.fixed or removed.fixed:
        free = (
            f", of which ${added.spared:,.2f} is free where the account has no others of its kind"
        )
        what = "A month without readers" if is_new else "What is added, a month without readers"
        lines.append(f"{what}: ${added.fixed:,.2f}{free if added.spared else ''}.")
    if removed.fixed:
        lines.append(f"What goes is ${removed.fixed:,.2f} a month less.")
    elsewhere = "" if region == REGION else f"; those of {region} differ"
    lines.append(
        f"List prices of {REGION}, read in {READ}{elsewhere}. What readers come to: docs/cost.md."
    )
    return lines
