"""HTTP connections whose requests end by a deadline, or at once.

The timeouts of sockets are for each step: a server that sends a byte now and then keeps a request
open for ever. Here the socket is shut down from outside, which ends whatever waits for it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

_at_work = threading.local()


class Requests:
    """The requests that are at work, each in a thread of its own."""

    def __init__(self) -> None:
        self._open: set[_Request] = set()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def ended_after(self, seconds: float) -> Iterator[_Request]:
        """What is asked for within the block breaks off after so many seconds."""
        request = _Request()
        timer = threading.Timer(seconds, request.end)
        timer.daemon = True
        with self._lock:
            self._open.add(request)
        _at_work.request = request
        timer.start()
        try:
            yield request
        finally:
            timer.cancel()
            _at_work.request = None
            with self._lock:
                self._open.discard(request)

    def end(self) -> None:
        """Break all of them off."""
        with self._lock:
            for request in self._open:
                request.end()


class _Request:
    """One request; `late` once it was ended from outside."""

    def __init__(self) -> None:
        self.late = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def uses(self, handle: socket.socket) -> None:
        with self._lock:
            self._sockets.append(handle)
        if self.late:
            _shut(handle)

    def end(self) -> None:
        self.late = True
        with self._lock:
            for handle in self._sockets:
                _shut(handle)


def _shut(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


class _Ended:
    """Mixed into a connection: tells the thread's request which socket it uses.

    It keeps a second handle, for TLS takes the first one's descriptor over.
    """

    handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        self.handle = made.dup()
        self._tell()
        return made

    def request(self, *arguments: Any, **options: Any) -> None:
        self._tell()
        super().request(*arguments, **options)  # type: ignore[misc]

    def close(self) -> None:
        super().close()  # type: ignore[misc]
        if self.handle is not None:
            self.handle.close()
            self.handle = None

    def _tell(self) -> None:
        request: _Request | None = getattr(_at_work, "request", None)
        if request is not None and self.handle is not None:
            request.uses(self.handle)


class _Http(_Ended, HTTPConnection):
    pass


class _Https(_Ended, HTTPSConnection):
    pass


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Https


def ending(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    """Return the manager with connections that `Requests` can end."""
    manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
    return manager
