"""How a web server is configured so that it answers as the edge does: one value, from which the
file of each server is written (`FILES`).

Redirects are the edge's own table (`edge_rules.flatten`), media types and times are those of
`headers`, and the security headers are given, as `infra/site.yaml` has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

import msgspec

from generator.core.artifacts import OutputFile, Role
from generator.core.urls import ending, is_example
from generator.publish import edge_rules
from generator.publish.headers import content_type, headers_for
from generator.render.search_index import LASTING

ASSETS = "/assets/"
OCTETS = "application/octet-stream"
_OWN_DOMAINS = (".github.io", ".gitlab.io", ".codeberg.page", ".pages.dev", ".netlify.app")


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one release, below the path `base`.

    `redirects` lead from a decoded path to a Location; `headers` go out with every answer.
    `page_cache` and `asset_cache` are values of Cache-Control: assets are what lies in `ASSETS` or
    ends in `lasting`, but for the paths in `passing`. `types` are media types by ending, without
    the dot, and `named` by path, where the ending does not tell it. `files` are all output paths.
    """

    base: str
    redirects: Mapping[str, str]
    headers: Mapping[str, str]
    page_cache: str
    asset_cache: str
    lasting: tuple[str, ...] = LASTING
    passing: tuple[str, ...] = ()
    types: Mapping[str, str] = {}
    named: Mapping[str, str] = {}
    files: tuple[str, ...] = ()

    def lasts(self, path: str) -> bool:
        """Whether what lies at an output path never changes."""
        if path in self.passing:
            return False
        return path.startswith(ASSETS[1:]) or path.endswith(self.lasting)


def rules_of(
    files: Iterable[OutputFile],
    redirects: Mapping[str, str],
    headers: Mapping[str, str],
    *,
    page_max_age: int,
    base: str = "",
) -> Rules:
    """Return the rules of what a build made; `page_max_age` is in seconds, `redirects` as the build
    gives them, and `headers` by their names."""
    types: dict[str, str] = {}
    named: dict[str, str] = {}
    paths, passing = [], []
    for file in sorted(files):
        paths.append(file.path)
        kind, last = content_type(file.path), ending(file.path)
        if last and content_type(f"x{last}") == kind:
            types[last[1:].lower()] = kind
        elif kind != OCTETS:
            named[file.path] = kind
        lasting = file.path.startswith(ASSETS[1:]) or file.path.endswith(LASTING)
        if lasting and file.role != "asset":
            passing.append(file.path)

    def cache(path: str, *, asset: bool) -> str:
        role: Role = "asset" if asset else "page"
        return headers_for(path, role, page_max_age=page_max_age, cdn=False).cache_control

    return Rules(
        base=base,
        redirects=edge_rules.flatten(redirects, base),
        headers=dict(sorted(headers.items())),
        page_cache=cache("x.html", asset=False),
        asset_cache=cache("x.css", asset=True),
        passing=tuple(passing),
        types=types,
        named=named,
        files=tuple(paths),
    )


def forms(old: str) -> list[str]:
    """Return the addresses at which a redirect from `old` is answered: a folder's page has three,
    of which its own comes first."""
    if not old.endswith("/") or old == "/":
        return [old]
    return [old, old[:-1], f"{old}index.html"]


def pages_files(url: str, *, cname: bool) -> dict[str, bytes]:
    """Return the files that make a git host serve a branch as it is, under the site's own domain.

    `.nojekyll` keeps GitHub from leaving out names that begin with `_` or `.`; `CNAME` is read by
    GitHub, and by others not at all (GitHub Docs, "Managing a custom domain"). An example's domain
    would lead readers away from the site.
    """
    host = urlsplit(url).hostname or ""
    own = cname and "." in host and not host.endswith(_OWN_DOMAINS) and not is_example(url)
    return {".nojekyll": b""} | ({"CNAME": host.encode("idna")} if own else {})


Writer = Callable[[Rules], dict[str, str]]
"""Makes the files of one kind of server: output path -> text."""
