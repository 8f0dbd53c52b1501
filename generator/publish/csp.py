"""The headers that pages are sent with, the Content-Security-Policy among them: the standard ones,
as `infra/site.yaml` has them, widened by the owner.

Sources: W3C, "Content Security Policy Level 3", section 2.2; CloudFront API Reference,
ResponseHeadersPolicySecurityHeadersConfig.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from generator.config.settings import SiteConfig
from generator.core.csp import Policy, read_policy, written

CSP = "content-security-policy"
_OF_TLS = ("strict-transport-security",)


class SentHeaders(msgspec.Struct, frozen=True, kw_only=True):
    """The security headers that readers get with `pages`, and with answers of the `api`."""

    pages: Mapping[str, str] = {}
    api: Mapping[str, str] = {}


def sends_headers(config: SiteConfig) -> bool:
    """Say whether readers get security headers: the hosts of a branch send none, but for those that
    read them in a file of the release."""
    settings = config.publish
    if settings.target == "git" and settings.rules not in ("netlify", "cloudflare"):
        return False
    return settings.headers


def widened(policy: str, more: Mapping[str, Sequence[str]]) -> str:
    """Return `policy` with further sources: those of `more`, by directive.

    A directive that allowed nothing so far, or was not there, allows these sources alone.
    """
    directives = dict(read_policy(policy).directives)
    for name, added in more.items():
        own = [source for source in directives.get(name, ()) if source != "'none'"]
        directives[name] = tuple(dict.fromkeys([*own, *added]))
    return written(Policy(directives))


def further_sources(config: SiteConfig) -> Mapping[str, Sequence[str]] | None:
    """Return the sources that the settings add to the policy, None where deploying is to leave it
    as it is: those of `csp:`, the hosts to which the form and the counter send, and the one where
    the podcast's recordings lie."""
    hosts: dict[str, list[str]] = {}
    for url in (config.api.url, config.contact.action if config.contact.enabled else ""):
        parts = urlsplit(url)
        if parts.netloc:
            for directive in ("connect-src", "form-action"):
                hosts.setdefault(directive, []).append(f"{parts.scheme}://{parts.netloc}")
    if config.podcast and config.podcast.media:
        parts = urlsplit(config.podcast.media)
        hosts["media-src"] = [f"{parts.scheme}://{parts.netloc}"]
    if config.csp is None and not hosts:
        return None
    own = config.csp or {}
    return {name: [*own.get(name, ()), *hosts.get(name, ())] for name in {**own, **hosts}}


def security_headers(
    template: Mapping[str, Any],
    settings: SiteConfig | None = None,
    resource: str = "SecurityHeaders",
) -> dict[str, str]:
    """Return what the distribution adds to its answers for readers of the stage prod, as `infra:`
    and `csp:` of site.yaml make it.

    `resource` is the response headers policy of the template that is asked for.
    """
    policy = template["Resources"][resource]["Properties"]["ResponseHeadersPolicyConfig"]
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
        csp = own or widened(default, (settings and further_sources(settings)) or {})
    headers = {
        "strict-transport-security": "; ".join(parts),
        "x-content-type-options": "nosniff",
        "x-frame-options": security["FrameOptions"]["FrameOption"],
        "referrer-policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        CSP: str(csp),
    }
    for item in policy.get("CustomHeadersConfig", {}).get("Items", ()):
        if "Header" in item:
            headers[item["Header"]] = item["Value"]
    return headers


def on_this_machine(headers: Mapping[str, str], origin: str) -> dict[str, str]:
    """Return headers as the local server sends them, over http and at another origin.

    What they allow is the same: what the site's own origin may, its address on the web may too, and
    what would be asked for over https instead may be asked for over http. `origin` is the published
    site's.
    """
    local = {name: value for name, value in headers.items() if name not in _OF_TLS}
    if CSP not in local:
        return local
    directives = dict(read_policy(local[CSP]).directives)
    upgrades = directives.pop("upgrade-insecure-requests", None) is not None
    for name, sources in directives.items():
        if "'self'" in sources:
            at = sources.index("'self'") + 1
            sources = (*sources[:at], origin, *sources[at:])
        if upgrades:  # a source with http allows https too (6.7.2.9)
            sources = tuple(source.replace("https://", "http://") for source in sources)
        directives[name] = sources
    return {**local, CSP: written(Policy(directives))}


def with_desk(csp: str, host: str, path: str, nonce: str, own: str) -> str:
    """Return a policy that lets the local server's script work on the page at `path`, and nothing
    else: below `own` it finds itself and the news, and at `path` the page as it is now.

    `host` is the local server's, such as `http://127.0.0.1:8000`.
    """
    policy = read_policy(csp)
    page, below = f"{host}{path}", f"{host}{own}/"
    script = _governing(policy, "script-src-elem")
    strict = script is not None and "'strict-dynamic'" in policy.directives[script]
    wanted = {
        "script-src-elem": ((f"{below}live.js", f"'nonce-{nonce}'" if strict else below), strict),
        "connect-src": ((f"{below}events", below, _escaped(page)), False),
    }
    directives = dict(policy.directives)
    for directive, ((asked, *sources), forced) in wanted.items():
        name = _governing(policy, directive)
        if name is None or (not forced and policy.allows(directive, asked, page)):
            continue
        kept = tuple(source for source in policy.directives[name] if source != "'none'")
        # A directive of its own, so that what falls back to the same one is not widened.
        directives[directive] = (*kept, *sources)
    return written(Policy(directives))


def _governing(policy: Policy, directive: str) -> str | None:
    return next((name for name in policy.chain(directive) if name in policy.directives), None)


def _escaped(url: str) -> str:
    """Return an address without the signs that end a source or a directive (2.3.1)."""
    return url.partition("?")[0].replace(";", "%3B").replace(",", "%2C")
