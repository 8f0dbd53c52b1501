"""What a stack of the site is given, from site.yaml and the command line."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from generator.core.csp import POLICY
from generator.core.problems import Problem, SiteError, did_you_mean
from generator.publish.csp import widened

OF_PROD_ALONE = frozenset(
    {"DomainName", "WwwRedirect", "HostedZoneId", "CertificateArn", "Dnssec"}
    | {"ContainerOrigin", "ContainerKey", "ContainerProtocol", "MonthlyBudget", "Plan", "Waf"}
    | {"FormReserve"}
)
"""Settings that `infra:` in site.yaml gives to the stage prod only: a name belongs to one stack."""


def parameters_for(
    declared: Mapping[str, Mapping[str, Any]],
    settings: Mapping[str, Any],
    given: tuple[str, ...],
    stage: str,
    owner: str,
    before: frozenset[str] | None,
) -> tuple[dict[str, str], frozenset[str]]:
    """Return the parameters to set, and those that stay as they are in the stack.

    `declared` are the template's parameters, `settings` is `infra:` of site.yaml, `given` are
    `NAME=VALUE`; `before` are the names that the stack has, None where there is none. The edge's
    key is made up for a new stack. Raises SiteError with every error.
    """
    problems = []
    wanted: dict[str, str] = {}
    for name, value in settings.items():
        if stage == "prod" or name not in OF_PROD_ALONE:
            wanted[name] = str(value).lower() if isinstance(value, bool) else str(value)
    for one in given:
        name, separator, value = one.partition("=")
        wanted[name] = value
        if not separator:
            problems.append(_mistake(f"`--set {one}` has no =", "write --set NAME=VALUE"))
    for name in sorted(set(settings) | set(wanted)):
        if name not in declared:
            hint = did_you_mean(name, declared) or "the template's Parameters are the ones to set"
            problems.append(_mistake(f"infra/site.yaml has no parameter `{name}`", hint))
    if wanted.pop("Stage", stage) != stage:
        problems.append(_mistake("--stage names the stage", "leave Stage out"))
    if before is None:
        wanted.setdefault("EdgeKey", secrets.token_urlsafe(32))
        if owner:
            wanted.setdefault("OwnerEmail", owner)
    kept = frozenset(before or ()) & frozenset(declared) - frozenset(wanted) - {"Stage"}
    for name, about in declared.items():
        if name not in wanted and name not in kept and "Default" not in about and name != "Stage":
            problems.append(
                _mistake(
                    f"the stack needs {name}",
                    f"write it in site.yaml under `infra:`, or --set {name}=...",
                )
            )
    if problems:
        raise SiteError(problems)
    return {"Stage": stage, **wanted}, kept


def with_policy(
    declared: Mapping[str, Mapping[str, Any]],
    settings: Mapping[str, Any],
    more: Mapping[str, Sequence[str]] | None,
) -> Mapping[str, Any]:
    """Return `infra:` of site.yaml with the policy that the settings widen by `more`; one written
    whole stays."""
    if more is None or POLICY in settings or POLICY not in declared:
        return settings
    return {**settings, POLICY: widened(declared[POLICY]["Default"], more)}


def manual_records(outputs: Mapping[str, str], *, has_zone: bool) -> list[tuple[str, str, str]]:
    """The DNS records (name, type, value) to make by hand for a domain whose DNS is elsewhere."""
    host = outputs.get("SiteUrl", "").partition("://")[2]
    target = outputs.get("DistributionDomain", "")
    if has_zone or not host or host == target:
        return []
    records = [(host, "ALIAS", target)]
    if www := outputs.get("WwwDistributionDomain"):
        records.append((f"www.{host}", "CNAME", www))
    for number in (1, 2, 3):
        name, _, value = outputs.get(f"MailSignature{number}", "").partition(" ")
        if value:
            records.append((name, "CNAME", value))
    return records


def _mistake(message: str, hint: str) -> Problem:
    return Problem(path="site.yaml", code="infra", message=message, hint=hint)
