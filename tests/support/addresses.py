"""Sites with drawn names, and what must hold of their addresses at whatever serves them."""

from __future__ import annotations

import http.client
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from generator.core.artifacts import Role
from generator.publish import edge_rules
from generator.publish.headers import content_type
from tests.support.sites import built, content_of, post

ROOT = Path(__file__).parents[2]
TEMPLATE = (ROOT / "infra/edge/viewer-request.js").read_text()

STEMS = ("a", "Post", "python-3", "node", "v1", "meet-example", "über", "c++", "x.y", "LICENSE")
ENDINGS = ("", "", ".js", ".13-is-out", ".2", ".com", ".html", ".x1y2z3", ".PDF", ".webmanifest")


class Site(NamedTuple):
    """A built site: bytes by output path, and redirects as the build gives them, below `base`."""

    files: dict[str, bytes]
    roles: dict[str, Role]
    redirects: dict[str, str]
    base: str

    @property
    def flat(self) -> dict[str, str]:
        return edge_rules.flatten(self.redirects, self.base)

    @property
    def table(self) -> dict[str, bool]:
        return edge_rules.file_table(self.files, self.base)

    @property
    def code(self) -> str:
        return edge_rules.function_code(TEMPLATE, self.flat, self.table)[0]


def site(seed: int) -> Site:
    """Build a site whose names are drawn: pages, aliases, tags and files that end alike."""
    draw = random.Random(seed)

    def name() -> str:
        return draw.choice(STEMS) + draw.choice(ENDINGS)

    base = draw.choice(["", "", "/blog"])
    files: dict[str, str | bytes] = {}
    taken = set[str]()

    def free(path: str) -> str:
        """The path, if nothing is there, above it or below it; otherwise another one."""
        path = path.strip("/")
        parts = [part.casefold() for part in path.split("/")]
        above = {"/".join(parts[:n]) for n in range(1, len(parts) + 1)}
        if "/".join(parts) in folders or above & taken:
            return free(f"d{len(taken)}/{path}")
        taken.add("/".join(parts))
        folders.update(above)
        return path

    folders = {"404.html", "index.html", "posts", "tags", "archive", "assets", "about"}
    for number in range(14):
        kind = draw.choice(["posts", "posts", "pages"])
        place = draw.choice(["/posts/", "/", "/docs/", "/2019/03/"]) + name()
        ended = place if place.endswith(".html") else f"{place}/"
        permalink = f"/{free(ended)}" + ("/" if ended.endswith("/") else "")
        matter = [f"title: Title {number}", f"permalink: {permalink}", "date: 2021-05-01"]
        matter.append(f"tags: [{json.dumps(name())}, b]")
        aliases = [f"/{free(draw.choice(['/', '/old/']) + name())}" for _ in range(2)]
        matter.append(f"aliases: {json.dumps(aliases)}")
        files[f"content/{kind}/d{number}.md"] = post("\n".join(matter))
    for _ in range(6):
        place = draw.choice(["", "", ".well-known/", "docs/", "2019/", "assets/own/"])
        files[f"static/root/{free(place + name())}"] = b"x"
    made = built(
        files, f"url: https://example.org{base}\npage_size: 3\ncounter: {{enabled: false}}"
    )
    roles = {artifact.path: artifact.role for artifact in made.artifacts}
    return Site(content_of(made), roles, dict(made.redirects), base)


def address(path: str, base: str) -> str:
    plain = (
        path[: -len("index.html")] if path == "index.html" or path.endswith("/index.html") else path
    )
    return quote(f"{base}/{plain}", safe="/~!$&'()*+,;=:@")


Ask = Callable[[list[str]], list[tuple[int, str]]]
"""Addresses -> status with the output path that is answered, or with the Location."""


def over_http(port: int, *, types: bool = True) -> Ask:
    """A server of a site whose files say which they are."""

    def ask(paths: list[str]) -> list[tuple[int, str]]:
        found = []
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for path in paths:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status in (301, 308):
                found.append((301, answer.headers["location"]))
            elif answer.status == 200:
                key = body.decode().partition("<p>")[2].partition("</p>")[0]
                assert not types or answer.headers["content-type"] == content_type(key), path
                found.append((200, key))
            else:
                found.append((answer.status, ""))
        connection.close()
        return found

    return ask


def write(one: Site, folder: Path, marked: dict[str, bytes]) -> None:
    for path, content in marked.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def told_apart(one: Site) -> Site:
    """The site with other bytes in each file, so that an answer tells which one it is."""
    return one._replace(files={path: f"<p>{path}</p>".encode() for path in one.files})


def check(one: Site, ask: Ask, *, edge_redirects: bool = True) -> None:
    """Every file at its address, every page also without its slash, and nothing else."""
    addresses = {address(path, one.base): path for path in one.files}
    aliases = one.flat if edge_redirects else {}
    for asked, (status, said) in zip(addresses, ask(list(addresses)), strict=True):
        if unquote(asked) in aliases:
            assert (status, said) == (301, aliases[unquote(asked)]), asked
        else:
            assert (status, said) == (200, addresses[asked]), asked
    pages = [asked for asked in addresses if asked.endswith("/") and asked != "/"]
    for page, (status, said) in zip(pages, ask([page[:-1] for page in pages]), strict=True):
        wanted = aliases.get(unquote(page), page)
        assert (status, said) == (301, wanted), page
    if edge_redirects:
        others = [
            other
            for other in {
                f"{asked.rstrip('/')}{more}"
                for asked in addresses
                for more in ("/x", "x", ".js", "/index.html", ".html", "/x.js", "/LICENSE", "/")
            }
            if other.startswith("/")
            and other not in addresses
            and not {unquote(f"{other}/"), unquote(other.removesuffix("index.html"))}
            & aliases.keys()
        ]
        ends = dict(zip(others, others, strict=True))
        answers: dict[str, tuple[int, str]] = {}
        for _ in range(4):
            asked_now = sorted(set(ends.values()) - answers.keys())
            answers |= zip(asked_now, ask(asked_now), strict=True)
            ends = {
                other: answers[end][1] if answers[end][0] == 301 else end
                for other, end in ends.items()
            }
        for other, end in ends.items():
            status, said = answers[end]
            # It leads to nothing, or on to the page that it is another name of.
            leads_on = said and address(said, one.base) in (
                f"{other}/",
                other.removesuffix("index.html"),
            )
            assert status == 404 or leads_on, (other, status, said)
