"""`.htaccess` for Apache 2.4, which must allow it: `AllowOverride FileInfo`.

Sources: Apache HTTP Server 2.4, mod_rewrite (a rule in .htaccess sees the path below its folder,
decoded; `%` and `$` in a target are its own), mod_headers, mod_setenvif and core's ErrorDocument.
"""

from __future__ import annotations

import re

from generator.core.urls import ending
from generator.publish.hosts.rules import ASSETS, OCTETS, Rules, forms

_HEAD = """\
# Made by Tidepost from this release; changes are lost with the next. Apache needs
# `AllowOverride FileInfo`, mod_rewrite, mod_headers and mod_setenvif.
RewriteEngine On
RewriteRule (^|/)\\.(tidepost|htaccess)(/|$) - [R=404,L]
"""
_TAIL = """\
# A page has one address: its folder's. What the server itself looks for is not asked by readers.
RewriteCond %{THE_REQUEST} "^[A-Z]+ [^? ]*[^/? ](\\?| )"
RewriteRule "^(.*/)?index\\.html$" "BASE/$1" [R=301,L]
# A folder without a page is nothing.
RewriteCond %{REQUEST_FILENAME} -d
RewriteCond %{REQUEST_FILENAME}/index.html !-f
RewriteRule ^ - [R=404,L]
"""


def apache(rules: Rules) -> dict[str, str]:
    """Return the file that Apache reads in the served folder."""
    lines = [_HEAD.rstrip()]
    lines.append(f'ErrorDocument 404 "{rules.base}/404.html"')
    for old, location in sorted(rules.redirects.items()):
        lines += _redirect(old.removeprefix(rules.base).removeprefix("/"), location)
    lines.append(_TAIL.replace("BASE", rules.base).rstrip())
    lines += [f"Header always set {name} {_quoted(value)}" for name, value in rules.headers.items()]
    lines += [
        _cache(rules.page_cache, "!="),
        _cache(rules.asset_cache, "=="),
    ]
    lasts = "|".join([re.escape(ASSETS[1:]), *(f".*{re.escape(one)}$" for one in rules.lasting)])
    lines.append(
        f"SetEnvIf Request_URI {_quoted(f'^{re.escape(rules.base)}/({lasts})')} TIDEPOST_LASTS"
    )
    lines += [
        f"SetEnvIf Request_URI {_quoted(f'^{re.escape(rules.base)}/{re.escape(path)}$')} "
        "!TIDEPOST_LASTS"
        for path in rules.passing
    ]
    lines += [f"AddType {_quoted(kind)} .{last}" for last, kind in sorted(rules.types.items())]
    unknown = {path: OCTETS for path in rules.files if not ending(path)}
    kinds = {p.rpartition("/")[2]: kind for p, kind in {**unknown, **rules.named}.items()}
    for name, kind in sorted(kinds.items()):
        lines += [f"<Files {_quoted(name)}>", f"    ForceType {_quoted(kind)}", "</Files>"]
    return {".htaccess": "\n".join([*lines, ""])}


def _cache(value: str, is_asset: str) -> str:
    """What may be kept, and how long; of what is not found nothing is said."""
    asked = f"expr=%{{REQUEST_STATUS}} -lt 400 && reqenv('TIDEPOST_LASTS') {is_asset} '1'"
    return f"Header set Cache-Control {_quoted(value)} {_quoted(asked)}"


def _redirect(old: str, location: str) -> list[str]:
    """The rules of one redirect; a query that comes goes before the fragment, after a query that
    the target has."""
    pattern = f"^{re.escape(old)}$"
    if len(forms(f"/{old}")) > 1:
        pattern = f"^{re.escape(old[:-1])}(/(index\\.html)?)?$"
    head, mark, fragment = location.partition("#")
    target = _quoted(_substitution(head))
    if not mark:
        return [f"RewriteRule {_quoted(pattern)} {target} [R=301,L,NE,QSA]"]
    joiner = "&" if "?" in head else "?"
    tail = _substitution(f"#{fragment}")
    asked = _quoted(f"{_substitution(head)}{joiner}%{{QUERY_STRING}}{tail}")
    return [
        "RewriteCond %{QUERY_STRING} .",
        f"RewriteRule {_quoted(pattern)} {asked} [R=301,L,NE]",
        f"RewriteRule {_quoted(pattern)} {_quoted(_substitution(head) + tail)} [R=301,L,NE]",
    ]


def _substitution(text: str) -> str:
    return text.replace("\\", "%5C").replace("%", "\\%").replace("$", "\\$")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'
