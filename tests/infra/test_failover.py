"""Containers first, bucket when they fail: tried with nginx for the distribution.

nginx is set up from the template's origin group: its members in their order, its status codes, its
timeouts. A second nginx server stands for the load balancer, the container's own server runs twice,
and another one serves what lies in the bucket.
"""

from __future__ import annotations

import contextlib
import http.server
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from generator.adapters.aws.lambda_package import read_template
from tests.support.caddy import Answer, ask, caddy
from tests.support.infra import TEMPLATE
from tests.support.tools import debian, free_port, process, wait_until

_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 128; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;

  # The load balancer: does not try again by itself, and leaves out who failed.
  upstream machine {{
    server 127.0.0.1:{one} max_fails=1 fail_timeout=2s;
    server 127.0.0.1:{two} max_fails=1 fail_timeout=2s;
  }}
  server {{
    listen 127.0.0.1:{balancer};
    location / {{
      proxy_pass http://machine;
      proxy_next_upstream off;
      proxy_set_header x-tidepost-edge $http_x_tidepost_edge;
    }}
  }}

  # The distribution.
  server {{
    listen 127.0.0.1:{edge};
    rewrite ^(.*)/$ $1/index.html break;
    location / {{
      proxy_pass http://127.0.0.1:{balancer};
      proxy_set_header x-tidepost-edge secret;
      proxy_connect_timeout {connect}s;
      proxy_read_timeout {read}s;
      proxy_intercept_errors on;
      error_page {codes} = @bucket;
      add_header x-served-by containers always;
    }}
    location @bucket {{
      proxy_pass http://127.0.0.1:{bucket};
      add_header x-served-by bucket always;
    }}
  }}
}}
"""


class Edge(NamedTuple):
    """Where readers go, the ports of the two containers, which a test fills or leaves empty, and
    the folder that is the bucket.
    """

    port: int
    one: int
    two: int
    bucket: Path

    def read(self, path: str = "/posts/new/") -> Answer:
        """What a reader gets."""
        return ask(self.port, path)


@pytest.fixture(scope="module")
def group() -> dict[str, Any]:
    """What the template says of the origin group and of its first origin."""
    resource = read_template(TEMPLATE)["Resources"]["Distribution"]["Properties"]
    config = resource["DistributionConfig"]
    [made] = config["OriginGroups"]["Fn::If"][1]["Items"]
    members = [one["OriginId"] for one in made["Members"]["Items"]]
    [containers] = [one["Fn::If"][1] for one in config["Origins"] if "Fn::If" in one]
    assert members == ["containers", "bucket"]
    assert containers["Id"] == members[0]
    assert config["DefaultCacheBehavior"]["TargetOriginId"]["Fn::If"][1] == made["Id"]
    # An origin group fails over for GET, HEAD and OPTIONS only; the pages need no others.
    assert config["DefaultCacheBehavior"]["AllowedMethods"] == ["GET", "HEAD"]
    return {
        "codes": " ".join(map(str, made["FailoverCriteria"]["StatusCodes"]["Items"])),
        "connect": containers["ConnectionTimeout"],
        "read": containers["CustomOriginConfig"]["OriginReadTimeout"],
    }


@pytest.fixture
def edge(tmp_path: Path, context: Path, group: dict[str, Any]) -> Iterator[Edge]:
    ports = {name: free_port() for name in ("edge", "balancer", "one", "two")}
    handler = http.server.SimpleHTTPRequestHandler
    handler.log_message = lambda *_: None  # type: ignore[assignment,method-assign]

    shutil.copytree(context / "site", tmp_path / "bucket")

    def serve(*arguments: Any) -> Any:
        return handler(*arguments, directory=str(tmp_path / "bucket"))

    bucket = http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve)
    threading.Thread(target=bucket.serve_forever, args=(0.02,), daemon=True).start()
    settings = tmp_path / "nginx.conf"
    settings.write_text(
        _NGINX.format(folder=tmp_path, bucket=bucket.server_address[1], **ports, **group)
    )
    nginx = debian("nginx", "nginx-light")
    with process([nginx, "-p", tmp_path, "-c", settings, "-e", tmp_path / "early.log"]):
        wait_until(
            lambda: socket.create_connection(("127.0.0.1", ports["edge"]), 1).close() or True
        )
        yield Edge(ports["edge"], ports["one"], ports["two"], tmp_path / "bucket")
    bucket.shutdown()
    bucket.server_close()


def test_while_containers_are_stopped_and_started_readers_see_pages(
    edge: Edge,
    context: Path,
) -> None:
    seen: list[Answer] = []
    done = threading.Event()

    def read_on() -> None:
        while not done.is_set():
            seen.append(edge.read())
            time.sleep(0.02)

    def readers_come(number: int) -> None:
        number += len(seen)
        wait_until(lambda: len(seen) >= number)

    reader = threading.Thread(target=read_on, daemon=True)
    with contextlib.ExitStack() as both:
        first, second = contextlib.ExitStack(), contextlib.ExitStack()
        both.callback(first.close)
        both.callback(second.close)
        first.enter_context(caddy(context, edge.one))
        second.enter_context(caddy(context, edge.two))
        assert edge.read().headers["x-served-by"] == "containers"
        reader.start()
        readers_come(10)
        first.close()
        readers_come(10)
        assert edge.read().status == 200
        second.close()
        readers_come(10)
        assert edge.read().headers["x-served-by"] == "bucket"
        first.enter_context(caddy(context, edge.one))
        wait_until(lambda: edge.read().headers["x-served-by"] == "containers")
        done.set()
        reader.join()
    assert {answer.status for answer in seen} == {200}
    assert {answer.body for answer in seen} == {b"posts/new/index.html"}
    assert {answer.headers["x-served-by"] for answer in seen} == {"containers", "bucket"}


@contextlib.contextmanager
def _broken(port: int, status: int) -> Iterator[None]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-length", "6")
            self.end_headers()
            self.wfile.write(b"broken")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_broken_machine_is_not_seen(edge: Edge, status: int) -> None:
    with _broken(edge.one, status), _broken(edge.two, status):
        answer = edge.read()
    assert (answer.status, answer.body) == (200, b"posts/new/index.html")
    assert answer.headers["x-served-by"] == "bucket"


def test_a_balancer_that_does_not_know_the_secret_is_not_seen(edge: Edge) -> None:
    with _broken(edge.one, 403), _broken(edge.two, 403):
        answer = edge.read()
    assert (answer.status, answer.body) == (200, b"posts/new/index.html")
    assert answer.headers["x-served-by"] == "bucket"


def test_what_a_page_of_another_release_needs_comes_from_the_bucket(
    edge: Edge,
    context: Path,
) -> None:
    """While containers are rolled, and for pages that were opened before: the bucket keeps both."""
    with caddy(context, edge.one), caddy(context, edge.two):
        assert edge.read("/assets/old.0123456789ab.css").status == 404
        (edge.bucket / "assets").mkdir(exist_ok=True)
        (edge.bucket / "assets" / "old.0123456789ab.css").write_bytes(b"old style")
        answer = edge.read("/assets/old.0123456789ab.css")
        assert (answer.status, answer.body) == (200, b"old style")
        assert edge.read().headers["x-served-by"] == "containers"


def test_a_missing_page_is_missing_everywhere(edge: Edge, context: Path) -> None:
    with caddy(context, edge.one), caddy(context, edge.two):
        answer = edge.read("/nowhere/")
    assert answer.status == 404


def test_a_machine_that_hangs_costs_seconds_and_no_page(edge: Edge, group: dict[str, Any]) -> None:
    with (
        socket.create_server(("127.0.0.1", edge.one)),
        socket.create_server(("127.0.0.1", edge.two)),
    ):
        start = time.monotonic()
        answer = edge.read()
        seconds = time.monotonic() - start
    assert (answer.status, answer.headers["x-served-by"]) == (200, "bucket")
    assert seconds < group["connect"] + group["read"] + 30  # nginx would wait for a minute
