"""A snippet for nginx, to be included in a `server` block that names the folder as its `root`.

Sources: nginx's documentation of ngx_http_core_module (location, error_page, types,
absolute_redirect), ngx_http_headers_module (add_header is inherited only where a block has none)
and ngx_http_rewrite_module.
"""

from __future__ import annotations

import re

from generator.publish.headers import is_text
from generator.publish.hosts.rules import ASSETS, OCTETS, Rules, forms

NAME = "nginx.conf"


def nginx(rules: Rules) -> dict[str, str]:
    """Return the snippet, which hides itself from readers."""
    base = rules.base
    lines = [
        "# Made by Tidepost from this release; changes are lost with the next.",
        "# In a server block: `root` (the served folder), then `include` of this file.",
        "index index.html;",
        "absolute_redirect off;",
        "error_page 403 404 =404 /404.html;".replace("/404", f"{base}/404"),
        f"location = {_quoted(f'{base}/{NAME}')} {{ return 404; }}",
        r"location ~ (^|/)\.tidepost(/|$) { return 404; }",
        "# A page has one address: its folder's. A folder is asked for with its slash at the end.",
        r"location ~ /index\.html$ {",
        '    if ($request_uri ~ "^(?:/|%5[Cc])*((?:[^?]*/)?)[^?/]+(?:\\?.*)?$") {',
        "        return 301 /$1$is_args$args;",
        "    }",
        "}",
    ]
    for old, location in sorted(rules.redirects.items()):
        lines += _redirect(old, location)
    lasts = "|".join([re.escape(ASSETS[1:]), *(f".*{re.escape(one)}$" for one in rules.lasting)])
    lines += [
        f"set $tidepost_cache {_quoted(rules.page_cache)};",
        f"if ($uri ~ {_quoted(f'^{re.escape(base)}/(?:{lasts})')}) {{",
        f"    set $tidepost_cache {_quoted(rules.asset_cache)};",
        "}",
    ]
    for path in rules.passing:
        lines += [
            f"if ($uri = {_quoted(f'{base}/{path}')}) {{",
            f"    set $tidepost_cache {_quoted(rules.page_cache)};",
            "}",
        ]
    lines += [
        f"add_header {name} {_quoted(value)} always;" for name, value in rules.headers.items()
    ]
    lines += ["add_header Cache-Control $tidepost_cache;"]
    lines += _types(rules)
    return {NAME: "\n".join([*lines, ""])}


def _types(rules: Rules) -> list[str]:
    bare = {last: kind.partition(";")[0] for last, kind in rules.types.items()}
    texts = {
        kind.partition(";")[0]
        for kind in [*rules.types.values(), *rules.named.values()]
        if "charset" in kind
    }
    lines = ["types {", *(f"    {kind} {last};" for last, kind in sorted(bare.items())), "}"]
    lines += [f"default_type {OCTETS};", "charset utf-8;"]
    # nginx adds text/html by itself.
    if others := sorted(texts - {"text/html"}):
        lines.append(f"charset_types {' '.join(others)};")
    packed = sorted({kind for kind in bare.values() if is_text(kind)} - {"text/html"})
    lines += ["gzip on;", "gzip_min_length 1000;", "gzip_vary on;"]
    lines += [f"gzip_types {' '.join(packed)};"] if packed else []
    for path, kind in sorted(rules.named.items()):
        lines += [
            f"location = {_quoted(f'{rules.base}/{path}')} {{",
            f"    types {{ }} default_type {kind.partition(';')[0]};",
            "}",
        ]
    return lines


def _redirect(old: str, location: str) -> list[str]:
    head, mark, fragment = location.replace("$", "%24").partition("#")
    lines = []
    for form in forms(old):
        lines.append(f"location = {_quoted(form)} {{")
        if "?" in head:
            lines += [
                '    set $tidepost_more "";',
                '    if ($args) { set $tidepost_more "&$args"; }',
                f"    return 301 {_quoted(f'{head}$tidepost_more{mark}{fragment}')};",
            ]
        else:
            lines.append(f"    return 301 {_quoted(f'{head}$is_args$args{mark}{fragment}')};")
        lines.append("}")
    return lines


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
