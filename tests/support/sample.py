"""The sample site, built, and a server that sends it with the published site's security policy."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

import pytest
from bs4 import BeautifulSoup
from filelock import FileLock

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""A quiet browser, without a sandbox, since tests may run as root in a container."""

KINDS = {
    "home": "/",
    "post": "/posts/everything-markdown-can-do/",
    "pictures": "/posts/pictures-and-shortcodes/",
    "page": "/about/",
    "contact": "/contact/",
    "posts": "/posts/",
    "older-posts": "/posts/page/2/",
    "term": "/tags/writing/",
    "terms": "/tags/",
    "archive": "/archive/",
    "year": "/archive/2026/",
    "search": "/search/",
    "not-found": "/404.html",
    "german": "/de/posts/ihre-erste-website/",
    "arabic": "/ar/posts/موقعك-الأول/",
    "arabic-home": "/ar/",
}
"""One page of each kind, and those with something special."""


def build_sample(folder: Path) -> Path:
    """Build the repository's site in a copy; return the folder of the result."""
    shutil.copytree(ROOT / "content", folder / "content")
    return build_themed(folder, {"site.yaml": (ROOT / "site.yaml").read_text(encoding="utf-8")})


def built_sample(factory: pytest.TempPathFactory) -> Path:
    """Return the built sample site, which all processes of a run share: look at it only."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return build_sample(factory.mktemp("sample"))
    folder = factory.getbasetemp().parent / "sample"
    with FileLock(f"{folder}.lock"):
        if not (folder / "_site").exists():
            shutil.rmtree(folder, ignore_errors=True)
            build_sample(folder)
    return folder / "_site"


def build_themed(folder: Path, files: dict[str, str]) -> Path:
    """Build a site of `files`, text by path, with the repository's theme; return the result."""
    for part in ("templates", "static"):
        shutil.copytree(ROOT / part, folder / part)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    command = [sys.executable, str(ROOT / "publish.py"), "build", "--site", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "_site"


def page_paths(built: Path) -> list[str]:
    """Return the paths of all pages, without those that only lead on to another."""
    paths = []
    for file in sorted(built.rglob("*.html")):
        if 'http-equiv="refresh"' not in file.read_text(encoding="utf-8"):
            paths.append("/" + file.relative_to(built).as_posix().removesuffix("index.html"))
    return paths


def soup_of(built: Path, path: str) -> BeautifulSoup:
    """Return the page at `path` of a built site, parsed."""
    file = built / (f"{path}index.html" if path.endswith("/") else path).lstrip("/")
    return BeautifulSoup(file.read_text(encoding="utf-8"), "lxml")


def security_policy() -> str:
    """Return the Content-Security-Policy that infra/site.yaml gives the distribution, for http."""
    text = (ROOT / "infra" / "site.yaml").read_text(encoding="utf-8")
    found = re.search(r"default-src 'none'; script-src[^\n]*(?:\n\s+[a-z]+-[^\n]*)*", text)
    assert found, "infra/site.yaml has no security policy of the known form"
    return " ".join(found[0].split()).replace("upgrade-insecure-requests", "")


@contextmanager
def serve(folder: Path, *, slowly: bool = False) -> Iterator[str]:
    """Serve a built site; yields its address, without a slash at the end.

    `slowly`, pages come tag by tag, about one in each frame that the browser draws.
    """
    handler = functools.partial(_SlowHandler if slowly else _Handler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    policy = security_policy()
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".webmanifest": "application/manifest+json",
        ".webp": "image/webp",
    }

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def do_POST(self) -> None:
        """Answer as the counter's API does for a page that was seen seven times."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = re.search(rb'"path":"([^"]*)"', body)
        name = path[1].decode() if path else "/"
        answer = f'{{"counts":{{"{name}":{{"views":7,"visitors":5}}}},"site":{{"views":70}}}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        pass


class _SlowHandler(_Handler):
    # Of a text, words that are still coming may move the word before them.
    whole = rb'<div class="body.*(?=<footer class="after)'
    frame = rb'<header class="top.*?</header>|<footer class="bottom.*?</footer>'
    tag = rb"[^>]*>(?:\s*</[a-z0-9-]+>)*|.+"  # the end of an element alone moves nothing

    def copyfile(self, source: IO[bytes], outputfile: IO[bytes]) -> None:  # type: ignore[override]
        """Send a page tag by tag, its head and its text at once; everything else as it is.

        Header and footer are the same on all pages: of one page they are sent by tags, too.
        """
        head, end, rest = source.read().partition(b"</head>\n")
        outputfile.write(head + end)
        if rest:
            time.sleep(0.5)  # for the stylesheets, without which a browser shows nothing
        whole = [self.whole] if self.path == KINDS["not-found"] else [self.whole, self.frame]
        for piece in re.findall(b"|".join([*whole, self.tag]), rest, re.DOTALL):
            outputfile.write(piece)
            time.sleep(1 / 60)
