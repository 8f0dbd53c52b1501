"""Make the folder from which the container's image is built: `container_context.py [TARGET]`.

Builds the site, and writes it beside the web server's configuration with what that depends on: the
release's redirects, table of files and media types, and the headers that infra/site.yaml gives at
the edge. So addresses, types and headers are described once, and are the same wherever a reader is
served.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from generator.adapters.aws.lambda_package import read_template  # noqa: E402
from generator.config.settings import SiteConfig  # noqa: E402
from generator.core.artifacts import OutputFile  # noqa: E402
from generator.publish import edge_rules  # noqa: E402
from generator.publish.csp import security_headers  # noqa: E402
from generator.publish.headers import content_type, headers_for  # noqa: E402
from generator.render.search_index import LASTING  # noqa: E402

_EPOCH, _SPAN = 946_684_800, 20 * 365 * 86_400
_OCTETS = "application/octet-stream"


def main(arguments: list[str]) -> int:
    """Build the site in this folder and make the context. Returns an exit code."""
    from generator.app.build import build_and_check
    from generator.app.workspace import open_workspace
    from generator.core.problems import SiteError

    target = Path(arguments[0]) if arguments else Path("_container")
    try:
        workspace = open_workspace(Path())
        built = build_and_check(workspace)
    except SiteError as error:
        from generator.adapters.console import Console

        Console().problems(error.problems)
        return 1
    config = workspace.config
    redirects = edge_rules.flatten(built.redirects, config.base)
    age = config.publish.page_max_age
    write_context(target, built.folder, built.files, redirects, age, config)
    print(f"Wrote {target}: {len(built.files)} files, {len(redirects)} redirects")
    return 0


def write_context(
    target: Path,
    built: Path,
    files: Iterable[OutputFile],
    redirects: Mapping[str, str],
    page_max_age: int,
    settings: SiteConfig | None = None,
) -> None:
    """Write the context again, with the policy that `settings` ask for.

    `page_max_age` is in seconds; `redirects` come from edge.flatten.
    """
    files = list(files)
    if target.exists():
        shutil.rmtree(target)
    (target / "site").mkdir(parents=True)
    for file in files:
        place = target / "site" / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(built / file.path, place)
        # The server makes an ETag of size and time. The time stands for the content, so that two
        # images of the same page agree, and a changed page is never taken for the old one.
        moment = _EPOCH + int(file.sha256[:12], 16) % _SPAN
        os.utime(place, (moment, moment))
    shutil.copyfile(ROOT / "infra" / "container" / "Caddyfile", target / "Caddyfile")
    template = read_template(ROOT / "infra" / "site.yaml")
    (target / "headers.caddy").write_text(headers_caddy(security_headers(template, settings)))
    (target / "types.caddy").write_text(types_caddy(files, page_max_age))
    (target / "redirects.caddy").write_text(redirects_caddy(redirects), encoding="utf-8")
    table = edge_rules.file_table((file.path for file in files), settings.base if settings else "")
    (target / "files.caddy").write_text(files_caddy(table), encoding="utf-8")


def headers_caddy(headers: Mapping[str, str]) -> str:
    """The headers of every answer, as Caddy reads them."""
    lines = [f"header {name} {_quoted(value)}" for name, value in sorted(headers.items())]
    return "\n".join([*lines, "header -Server", "header -Last-Modified", ""])


def types_caddy(files: Iterable[OutputFile], page_max_age: int) -> str:
    """Content-Type and Cache-Control by rule. Raises ValueError where no rule would do."""
    files = list(files)
    passing = []
    for file in files:
        lasting = file.path.startswith("assets/") or file.path.endswith(LASTING)
        if file.role == "asset" and not lasting:
            raise ValueError(f"{file.path}: no rule tells whether it ever changes")
        if lasting and file.role != "asset":
            passing.append(file.path)  # of static/root/assets/, whose names have no fingerprint
    kinds: dict[str, str] = {}
    names: dict[str, str] = {}
    for file in sorted(files):
        name = file.path.rpartition("/")[2]
        _stem, dot, ending = name.rpartition(".")
        kind = content_type(file.path)
        if dot and content_type(f"x.{ending}") == kind:
            kinds[ending.lower()] = kind
        elif kind != _OCTETS:
            names[file.path] = kind
    page = headers_for("x.html", "page", page_max_age=page_max_age, cdn=True).cache_control
    asset = headers_for("x.css", "asset", page_max_age=page_max_age, cdn=True).cache_control
    lines = [
        f"header Content-Type {_OCTETS}",
        f"header Cache-Control {_quoted(page)}",
        " ".join(["@asset path /assets/*", *(f"*{ending}" for ending in LASTING)]),
        f"header @asset Cache-Control {_quoted(asset)}",
        *(f"header {_quoted('/' + path)} Cache-Control {_quoted(page)}" for path in passing),
        "@folders path */",
        'header @folders Content-Type "text/html; charset=utf-8"',
    ]
    for number, (ending, kind) in enumerate(sorted(kinds.items())):
        lines += [
            f"@type{number} path *.{ending}",
            f"header @type{number} Content-Type {_quoted(kind)}",
        ]
    for number, (path, kind) in enumerate(sorted(names.items())):
        lines += [
            f"@name{number} path {_quoted('*/' + path)}",
            f"header @name{number} Content-Type {_quoted(kind)}",
        ]
    return "\n".join([*lines, ""])


def redirects_caddy(redirects: Mapping[str, str]) -> str:
    """The table of redirects. The query goes before the fragment, as edge.resolve has it."""
    if not redirects:
        return ""
    lines = []
    for old, location in sorted(redirects.items()):
        head, mark, fragment = location.partition("#")
        joiner = "&" if "?" in head else "?"
        forms = [old, old[:-1], f"{old}index.html"] if old.endswith("/") and old != "/" else [old]
        lines += [
            f"\t{_quoted(form)} {_quoted(head)} {_quoted(joiner)} {_quoted(mark + fragment)}"
            for form in forms
        ]
    return "\n".join(
        [
            "map {http.request.uri.path} {redirect_head} {redirect_joiner} {redirect_tail} {",
            *lines,
            '\tdefault "" "" ""',
            "}",
            '@moved not vars {redirect_head} ""',
            "@asked {",
            '\tnot vars {redirect_head} ""',
            '\tnot vars {http.request.uri.query} ""',
            "}",
            "redir @asked "
            "{redirect_head}{redirect_joiner}{http.request.uri.query}{redirect_tail} 301",
            "redir @moved {redirect_head}{redirect_tail} 301",
            "",
        ]
    )


def files_caddy(table: Mapping[str, bool]) -> str:
    """The table of edge.file_table as a map of Caddy's, which takes the first line that fits: in
    the order in which edge.is_file asks."""

    def rank(key: str) -> tuple[int, int, str]:
        if key.startswith("*"):
            return 3, 0, key
        folder = key.endswith("/")
        return (2, -key.count("/"), key) if folder else (1 if "/*" in key else 0, 0, key)

    def pattern(key: str) -> str:
        folder, star, ending = key.partition("*")
        text = re.escape(folder)
        if star:
            # `/posts/*` are the names in this folder that have no dot.
            name = f"[^/]*{re.escape(ending)}" if ending else "[^/.]+"
            return f"^{text}{name}$" if folder else f"/{name}$"
        return f"^{text}" if key.endswith("/") else f"^{text}$"

    lines = [(pattern(key), "file" if table[key] else "folder") for key in sorted(table, key=rank)]
    first = [(r"/index\.html$", "index"), ("/$", "page")]
    last = (rf"\.[A-Za-z]{'[A-Za-z0-9]?' * 4}$", "file")
    return "\n".join(
        [
            "map {http.request.uri.path} {path_kind} {",
            *(f"\t`~{_inside_backticks(what)}` {kind}" for what, kind in [*first, *lines, last]),
            "\tdefault folder",
            "}",
            "",
        ]
    )


def _inside_backticks(pattern: str) -> str:
    """A regular expression without the signs that mean something to a Caddyfile."""
    for sign in "`{}":
        pattern = pattern.replace(f"\\{sign}", sign).replace(sign, f"\\x{ord(sign):x}")
    return pattern


def _quoted(text: str) -> str:
    """A Caddyfile token. A brace would begin a placeholder."""
    return json.dumps(text, ensure_ascii=False).replace("{", "\\\\{").replace("}", "\\\\}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
