"""Real servers for the stores and mailers, and a proxy that breaks the connection to them."""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import struct
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

from tests.support.tools import debian, free_port, npm_package, process, wait_until

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


@contextlib.contextmanager
def dynalite(folder: Path) -> Iterator[str]:
    """DynamoDB by dynalite, on disk."""
    port = free_port()
    program = npm_package("dynalite", "4.0.0") / "cli.js"
    options = ["--host", "127.0.0.1", "--port", str(port), "--path", str(folder)]
    with process([debian("node", "nodejs"), program, *options, "--createTableMs", "0"]):
        wait_until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def moto() -> Iterator[str]:
    """DynamoDB, SES and Lambda by moto, one call at a time.

    moto keeps a table in plain dictionaries and takes no lock, so two calls at once could both
    find a condition true, which DynamoDB does not allow. `moto_server.py` puts the lock there.
    """
    port = free_port()
    with process([sys.executable, "-m", "tests.support.moto_backend", str(port)]):
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: urllib.request.urlopen(f"{address}/moto-api/", timeout=60).status == 200)
        yield address


def patient(make_client: Callable[[], Any]) -> Any:
    """Return the client that a function of the back end makes, but with a busy machine's patience:
    its own is a second or a few."""
    from botocore import config

    def made(**options: Any) -> Any:
        return make(**{**options, "connect_timeout": 60, "read_timeout": 60})

    make = config.Config
    with mock.patch.object(config, "Config", made):
        return make_client()


def dynamodb(endpoint: str, *, hasty: bool = False) -> Any:
    """Return the back end's client: with its own second of patience, or with a busy machine's."""
    from backend.counter.store_dynamodb import client

    if hasty:
        return client("eu-west-1", endpoint)
    return patient(lambda: client("eu-west-1", endpoint))


def make_table(client: Any, name: str) -> str:
    """Make a table as the stack has it: two string keys, on demand."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
    wait_until(lambda: client.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")
    return name


class FaultProxy:
    """Stands before a server and, with some chance for each kind, does a request harm.

    refuse: answers as a busy service does, without asking the server. drop: resets the connection
    before the request is passed on. lose: passes it on, and resets instead of answering. late:
    answers after the client's patience has ended. `done` tells what was done how often.
    """

    def __init__(self, upstream: str, seed: int = 1, **chances: float) -> None:
        host, port = upstream.removeprefix("http://").split(":")
        self.chances = chances
        self.done: Counter[str] = Counter()
        dice, lock = random.Random(seed), threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                with contextlib.suppress(ConnectionError):
                    super().handle_one_request()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                with lock:
                    kinds = [*proxy.chances, "none"]
                    weights = [*proxy.chances.values(), 1 - sum(proxy.chances.values())]
                    [fault] = dice.choices(kinds, weights)
                    proxy.done[fault] += 1
                if fault == "refuse":
                    return self.answer(400, {}, THROTTLED)
                if fault == "drop":
                    return self.reset()
                onward = http.client.HTTPConnection(host, int(port), timeout=30)
                onward.request("POST", self.path, body, dict(self.headers))
                answer = onward.getresponse()
                content = answer.read()
                onward.close()
                if fault == "lose":
                    return self.reset()
                if fault == "late":
                    time.sleep(2.3)
                return self.answer(answer.status, dict(answer.getheaders()), content)

            def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def reset(self) -> None:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RD)
                self.rfile.close()
                self.wfile.close()
                self.connection.close()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


THROTTLED = (
    b'{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",'
    b'"message":"slow down"}'
)
