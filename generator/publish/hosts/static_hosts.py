"""`_redirects` and `_headers`, as Netlify and Cloudflare Pages read them.

Sources: Netlify Docs, "Redirects and rewrites" and "Custom headers"; Cloudflare Docs, "Pages:
Redirects" (2,000 static rules, 1,000 characters each) and "Pages: Headers" (100 rules; headers of
several rules that fit are joined, unless one is detached with `!`). Both forget what they cached
with each deploy, so pages keep the times that the host gives them.
"""

from __future__ import annotations

from urllib.parse import quote

from generator.core.urls import folders_of
from generator.publish.hosts.rules import Rules, forms

MOST_REDIRECTS = 2_000
MOST_LENGTH = 1_000
MOST_HEADERS = 100
_SAFE = "/-_.~!$&'()+,;=@"


def netlify(rules: Rules) -> dict[str, str]:
    """Return Netlify's files. `!` redirects although a page of the build lies there; a rule for
    `/old/` is one for `/old` as well."""
    lines = []
    for old, location in sorted(rules.redirects.items()):
        for form in forms(old):
            if form != old[:-1]:
                lines.append(f"{_quoted(form)} {location} 301!")
    return _files(lines, _headers(rules, detach=False))


def cloudflare(rules: Rules) -> dict[str, str]:
    """Return the files of Cloudflare Pages: redirects come before pages there. Those that do not
    fit are left out, and answered by the redirect pages of the build."""
    lines: list[str] = []
    for old, location in sorted(rules.redirects.items(), key=lambda item: (len(item[0]), item)):
        found = [f"{_quoted(form)} {location} 301" for form in forms(old)]
        fits = all(len(line) <= MOST_LENGTH for line in found)
        if fits and len(lines) + len(found) <= MOST_REDIRECTS:
            lines += found
    return _files(lines, _headers(rules, detach=True))


def _headers(rules: Rules, *, detach: bool) -> list[str]:
    base = rules.base
    lines = [f"  {name}: {value}" for name, value in rules.headers.items()]
    if lines:  # a rule without headers is an error to both
        lines.insert(0, f"{base}/*")
    count = len(lines[:1])
    for path, kind in sorted(rules.named.items()):
        lines += [_quoted(f"{base}/{path}"), *_set("content-type", kind, detach=detach)]
        count += 1
    # A pattern where it says what is true of all that it fits, else each path.
    mixed = {folder for path in rules.files if not rules.lasts(path) for folder in folders_of(path)}
    patterns: set[str] = set()
    plain = []
    for path in rules.files:
        if rules.lasts(path):
            whole = next((folder for folder in folders_of(path) if folder not in mixed), None)
            if whole:
                patterns.add(f"{_quoted(f'{base}/{whole}')}/*")
            else:
                plain.append(_quoted(f"{base}/{path}"))
    for where in [*sorted(patterns), *plain]:
        if count == MOST_HEADERS:
            break  # what is left out is asked for again now and then, and not wrong
        lines += [where, *_set("cache-control", rules.asset_cache, detach=detach)]
        count += 1
    return lines


def _set(name: str, value: str, *, detach: bool) -> list[str]:
    return [*([f"  ! {name}"] if detach else []), f"  {name}: {value}"]


def _files(redirects: list[str], headers: list[str]) -> dict[str, str]:
    found = {"_headers": headers, "_redirects": redirects}
    return {name: "\n".join([*lines, ""]) for name, lines in found.items() if lines}


def _quoted(path: str) -> str:
    return quote(path, safe=_SAFE)
