"""moto's server with one lock around each call, so that none meets another halfway."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args: object) -> None:
        pass


def main(port: int) -> None:
    os.environ["MOTO_PORT"] = str(port)
    inner = DomainDispatcherApplication(create_backend_app)
    lock = threading.Lock()

    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        with lock:
            return list(inner(environ, start))

    run_simple("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)


if __name__ == "__main__":
    main(int(sys.argv[1]))
