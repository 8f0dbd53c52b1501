"""The Content-Security-Policy that pages are sent with: the standard one, widened by the owner.

Source: W3C, "Content Security Policy Level 3", section 2.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from generator.config.settings import SiteConfig


def widened(policy: str, more: Mapping[str, Sequence[str]]) -> str:
    """Return `policy` with further sources: those of `more`, by directive.

    A directive that allowed nothing so far, or was not there, allows these sources alone.
    """
    rules: dict[str, list[str]] = {}
    for rule in policy.split(";"):
        name, *sources = rule.split()
        rules[name] = sources
    for name, added in more.items():
        own = [source for source in rules.get(name, []) if source != "'none'"]
        rules[name] = list(dict.fromkeys([*own, *added]))
    return "; ".join(" ".join([name, *sources]) for name, sources in rules.items())


def security_headers(
    template: Mapping[str, Any], settings: SiteConfig | None = None
) -> dict[str, str]:
    """What the distribution's response headers policy adds for readers of the stage prod, as
    `infra:` and `csp:` of site.yaml make it.

    Sources: CloudFront API Reference, ResponseHeadersPolicySecurityHeadersConfig.
    """
    policy = template["Resources"]["SecurityHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    transport = security["StrictTransportSecurity"]
    parts = [f"max-age={transport['AccessControlMaxAgeSec']}"]
    parts += ["includeSubDomains"] * transport["IncludeSubdomains"] + ["preload"] * transport[
        "Preload"
    ]
    csp = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    if isinstance(csp, dict):
        default = template["Parameters"][csp["Ref"]]["Default"]
        own = settings.infra.get(csp["Ref"]) if settings else None
        csp = own or widened(default, (settings and settings.csp) or {})
    headers = {
        "strict-transport-security": "; ".join(parts),
        "x-content-type-options": "nosniff",
        "x-frame-options": security["FrameOptions"]["FrameOption"],
        "referrer-policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "content-security-policy": csp,
    }
    for item in policy["CustomHeadersConfig"]["Items"]:
        if "Header" in item:
            headers[item["Header"]] = item["Value"]
    return headers
