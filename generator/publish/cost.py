"""What a plan costs, in requests and in dollars.

Prices are those of us-east-1 without the free tier of new accounts (aws.amazon.com/s3/pricing,
"Requests & data retrievals" for S3 Standard, and aws.amazon.com/cloudfront/pricing, "Invalidation
requests"); other regions differ by some tens of percent. Sending data in is free.
"""

from __future__ import annotations

import msgspec

from generator.publish.invalidation import FREE_PATHS
from generator.publish.plan import Plan

PUT_PRICE = 0.005 / 1_000
"""Dollars of one PUT, COPY, POST or LIST request."""

GET_PRICE = 0.0004 / 1_000
"""Dollars of one GET or HEAD request."""

PATH_PRICE = 0.005
"""Dollars of one invalidation path beyond the month's free ones."""

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
    dollars = writes * PUT_PRICE + reads * GET_PRICE + paid * PATH_PRICE
    return Cost(
        writes=writes,
        reads=reads,
        bytes=sum(o.bytes for o in plan.operations),
        paths=paths,
        paths_paid=paid,
        paths_free=max(0, free - paths),
        dollars=round(dollars, 6),
    )
