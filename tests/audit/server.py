"""The built site, served as the published one is: addresses, headers, compression, security policy.

What differs is reported here: HTTP/1.1 without TLS, and gzip where CloudFront would send Brotli, so
that weights are rather a little above the published ones.
"""

from __future__ import annotations

import functools
import gzip
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from generator.core.artifacts import Role
from generator.publish import edge_rules
from generator.publish.headers import content_type, headers_for, is_text
from tests.support.sample import ROOT, security_policy

SMALLEST, LEVEL = 1_000, 6
"""CloudFront compresses objects from 1,000 bytes (Developer Guide, "Serve compressed files"); which
level it uses is not reported, so this is zlib's ordinary one."""


@contextmanager
def served(folder: Path, base_path: str = "") -> Iterator[str]:
    """Serve a built site on this machine, below `base_path`.

    Yields the site's address, without a slash at the end.
    """

    paths = (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())

    class Handler(_Handler):
        site, base = folder, base_path
        files = edge_rules.file_table(paths, base_path)
        headers_for_all = security_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{base_path}"
    finally:
        server.shutdown()
        server.server_close()


def security_headers() -> dict[str, str]:
    """Return the headers that infra/site.yaml gives every answer, as far as plain HTTP has them."""

    class Loader(yaml.CSafeLoader):
        pass

    def untagged(loader: Any, _: str, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_mapping(node, deep=True)

    Loader.add_multi_constructor("!", untagged)
    template = yaml.load((ROOT / "infra" / "site.yaml").read_text(encoding="utf-8"), Loader)
    policy = template["Resources"]["SecurityHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    items = policy["CustomHeadersConfig"]["Items"]
    return {
        "Content-Security-Policy": security_policy(),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": policy["SecurityHeadersConfig"]["FrameOptions"]["FrameOption"],
        "Referrer-Policy": policy["SecurityHeadersConfig"]["ReferrerPolicy"]["ReferrerPolicy"],
        **{item["Header"]: item["Value"] for item in items if isinstance(item, dict)},
    }


@functools.lru_cache(maxsize=512)
def _compressed(file: Path, _changed: int) -> bytes:
    return gzip.compress(file.read_bytes(), LEVEL, mtime=0)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Path
    base: str
    files: Mapping[str, bool]
    headers_for_all: dict[str, str]

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        found = edge_rules.resolve(path, {}, query, self.files)
        if isinstance(found, edge_rules.Redirect):
            self._send(301, b"", {"Location": found.location})
            return
        key = f"/{unquote(found.path)}" if isinstance(found, edge_rules.Key) else ""
        key = key.removeprefix(f"{self.base}/") if key.startswith(f"{self.base}/") else ""
        file = self.site / key
        status = 200
        if not (key and file.is_file() and file.resolve().is_relative_to(self.site.resolve())):
            key, status = "404.html", 404
            file = self.site / key
        headers = headers_for(key, _role(key), page_max_age=60, cdn=True)
        answer = {"Content-Type": headers.content_type, "Cache-Control": headers.cache_control}
        body = file.read_bytes() if file.is_file() else b""
        if is_text(content_type(key)) and len(body) >= SMALLEST:
            answer["Vary"] = "Accept-Encoding"
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                body = _compressed(file, file.stat().st_mtime_ns)
                answer["Content-Encoding"] = "gzip"
        self._send(status, body, answer)

    def do_POST(self) -> None:
        """Answer as the counter's API does for a page that was seen seven times."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        found = re.search(rb'"path":"([^"]*)"', body)
        counts = {found[1].decode() if found else "/": {"views": 7, "visitors": 5}}
        answer = {"counts": counts, "site": {"views": 70}}
        self._send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        length = {"Content-Length": str(len(body))}
        for name, value in (self.headers_for_all | headers | length).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _role(key: str) -> Role:
    if key.startswith("assets/"):
        return "asset"
    return "page" if key.endswith(".html") else "entry"
