"""A small built site, and a server for it on a free port."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from generator.adapters.functions import LocalApi
from generator.adapters.server.state import Live, Outcome, ServedSite
from generator.adapters.server.wsgi import LocalSite, RunningServer, start
from generator.publish import edge_rules

PAGE = "<!doctype html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
FILES = {
    "index.html": PAGE.format("Home"),
    "404.html": PAGE.format("Nothing here"),
    "a/index.html": PAGE.format("A"),
    "v1.2/index.html": PAGE.format("Version"),
    "café/index.html": PAGE.format("Café"),
    "old/index.html": PAGE.format("Moved"),
    "assets/site.0a1b2c3d.css": "h1 { color: teal }",
    "atom.xml": "<feed/>",
    "feed.json": "{}",
    "data.bin": "0123456789",
}


class Answer(NamedTuple):
    """An HTTP answer with header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """Speaks to the server over a real connection, with the path exactly as given."""

    def __init__(self, server: RunningServer, live: Live, api: LocalApi) -> None:
        self.server, self.live, self.api = server, live, api

    def get(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.putrequest(method, path, skip_host="Host" in sent)
            if body is not None:
                sent["Content-Length"] = str(len(body))
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            got = connection.getresponse()
            found = {name.lower(): value for name, value in got.getheaders()}
            return Answer(got.status, found, got.read())
        finally:
            connection.close()


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "_site", FILES)
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return tmp_path / "_site"


def served(folder: Path, base: str = "") -> ServedSite:
    redirects = {"/old/": "/a/", "/gone.html": "/a/#part"}
    return ServedSite(
        folder=folder,
        redirects=edge_rules.flatten(redirects, base),
        roles={"assets/site.0a1b2c3d.css": "asset", "index.html": "entry", "a/index.html": "page"},
        base=base,
        page_max_age=60,
    )


@pytest.fixture
def client(folder: Path, tmp_path: Path) -> Iterator[Client]:
    live = Live()
    live.show(Outcome(site=served(folder)))
    api = LocalApi(tmp_path / "local")
    server = start(LocalSite(live, api), live, 0)
    yield Client(server, live, api)
    server.stop()
