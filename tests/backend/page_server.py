"""A small site with the widgets on real pages and the local API beside them.

    python -m tests.backend.page_server STATE_FOLDER

prints its address and serves until it is ended. The header `x-test-ip` stands for the reader's
address. `/down/…` is the same page with its API out of reach. While `busy` is set, the API answers
as API Gateway does when it throttles.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from generator.adapters.functions import LocalApi, register_paths

ROOT = Path(__file__).parents[2]
busy = threading.Event()
PATHS = ["/", "/posts/hello/", "/posts/tides/", "/contact/", "/contact/thanks/"]


def counter(**data: str) -> str:
    attributes = "".join(f' data-{name}="{value}"' for name, value in data.items())
    return f"<tidepost-counter{attributes}>…</tidepost-counter>"


def post_page(path: str, api: str) -> str:
    return f"""
      <p class="views" aria-live="polite" aria-atomic="true"><span>Views</span>
        {counter(path=path, mode="views", api=api, window="30")}</p>
      <p>Visitors {counter(path=path, mode="visitors", api=api)}</p>
      <p>Views again {counter(path=path, mode="views", api=api)}</p>
      <p>All {counter(path=path, mode="site", api=api)}</p>"""


def list_page(api: str) -> str:
    items = "".join(
        f"<li>{path} {counter(path=path, api=api, read='')}</li>" for path in PATHS[1:3]
    )
    return f"<ul>{items}</ul><p>All {counter(mode='site', api=api, read='')}</p>"


def form_from_docs(api: str) -> str:
    """Return the form that docs/contact.md tells the owner to copy."""
    text = (ROOT / "docs/contact.md").read_text("utf-8")
    [form] = re.findall(r"```html\n(<form.*?</form>)\n```", text, re.DOTALL)
    replaced: str = form.replace('action="/api/', f'action="{api}/')
    return replaced


def page(path: str, api: str) -> str | None:
    if path == "/":
        body = list_page(api)
    elif path in PATHS[1:3]:
        body = post_page(path, api)
    elif path == "/contact/":
        body = form_from_docs(api)
    elif path == "/contact/thanks/":
        body = "<p>Thank you.</p>"
    else:
        return None
    return f"""<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Page</title>
      <link rel="icon" href="data:,">
      <meta name="viewport" content="width=device-width">
      <style>tidepost-counter {{ display: inline-block; min-inline-size: 5ch }}</style>
      <script type="module" src="/js/counter.js"></script>
      <script type="module" src="/js/contact.js"></script>
      </head><body><main><h1>A page</h1>{body}<a href="/">Home</a>
      <a href="/posts/tides/">Tides</a></main></body></html>"""


def application(api: LocalApi) -> Callable[..., Iterable[bytes]]:
    @Request.application
    def app(request: Request) -> Response:
        path = request.path
        if path.startswith("/api/") and busy.is_set():
            return Response('{"message":"Too Many Requests"}', 429, mimetype="application/json")
        if path.startswith("/api/"):
            answer = api(
                request.method,
                path,
                request.query_string.decode(),
                dict(request.headers),
                request.get_data(),
                request.headers.get("x-test-ip") or request.remote_addr or "",
            )
            return Response(answer.body, answer.status, dict(answer.headers))
        if path.startswith("/js/"):
            file = ROOT / "static" / path.lstrip("/")
            return Response(file.read_bytes(), 200, content_type="text/javascript")
        if path.startswith("/down/"):
            content = page(path.removeprefix("/down"), "http://127.0.0.1:1/api")
        else:
            content = page(path, "/api")
        if content is None:
            return Response("not found", 404)
        return Response(content, 200, content_type="text/html; charset=utf-8")

    return app


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args: object) -> None:
        pass


def start(state: Path, clock: Callable[[], float] | None = None) -> tuple[Any, LocalApi]:
    """Return a server, not yet serving, and its API."""
    api = LocalApi(state, clock=clock)
    register_paths(api, PATHS)
    server = make_server("127.0.0.1", 0, application(api), threaded=True, request_handler=Quiet)
    return server, api


if __name__ == "__main__":
    running, _ = start(Path(sys.argv[1]))
    print(f"http://127.0.0.1:{running.server_port}", flush=True)
    running.serve_forever()
