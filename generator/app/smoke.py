"""Tries counter and contact form of a stage, as a reader would."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from generator.adapters.functions import (
    Answer,
    Functions,
    LocalApi,
    http_request,
)
from generator.app.visits import waits

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
"""`smoke` acts as a reader: with a program's name it would be tallied as a bot."""


SMOKE_PATH = "/tidepost-smoke/"


Call = Callable[[str, str, Mapping[str, Any] | None], Answer]


class Smoke:
    """The checks of `smoke`; `done` holds what each of them found."""

    def __init__(
        self,
        functions: Functions,
        call: Call,
        stage: str,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._functions = functions
        self._call = call
        self._stage = stage
        self._wait = wait
        self.done: list[dict[str, Any]] = []

    def run(self) -> None:
        """Make all checks; after the first one fails, nothing more is touched."""
        status, health = self._ask("GET", "/health")
        found = health.get("stage") if status == 200 else None
        self._note("the API answers", status == 200, f"HTTP {status}")
        self._note(f"the stage is {self._stage}", found == self._stage, f"it says {found}")
        if not all(check["ok"] for check in self.done):
            return
        self._count()
        self._send()

    def _count(self) -> None:
        register = {"action": "register", "paths": [SMOKE_PATH], "keep": True}
        self._functions.counter(register)
        numbers = []
        views = [secrets.token_hex(8), secrets.token_hex(8)]
        for view in (*views, views[1]):
            body = {"path": SMOKE_PATH, "id": view}
            status, answer = self._ask("POST", "/count", body)
            number = answer.get("counts", {}).get(SMOKE_PATH, {}).get("views", -1)
            self._note("a view is counted", status == 200 and bool(answer.get("counted")), answer)
            numbers.append(number)
        first, second, again = numbers
        self._note("the second is one higher", second == first + 1, f"{first}, then {second}")
        self._note("the same view again is not", again == second, f"{second}, then {again}")
        _, read = self._ask("GET", f"/count?path={SMOKE_PATH}")
        shown = read.get("counts", {}).get(SMOKE_PATH, {}).get("views", -1)
        self._note("reading shows the same number", shown == second, f"{shown}")

    def _send(self) -> None:
        status, answer = self._ask("GET", "/contact/token")
        self._note("a token is given", status == 200, f"HTTP {status}")
        self._wait(3.5)  # who sends a form sooner is taken for a program
        text = f"A test of the contact form, {secrets.token_hex(8)}."
        fields = {
            "name": "Tidepost smoke test",
            "email": "smoke@example.com",
            "subject": "Smoke test",
            "message": text,
            "page": SMOKE_PATH,
            "token": answer.get("token", ""),
        }
        status, answer = self._ask("POST", "/contact", fields)
        good = status == 200 and set(answer) == {"ok", "id"} and answer["ok"] is True
        self._note("a message is accepted", good, answer)
        if not good:
            return
        name = {"id": answer["id"]}
        stored = self._functions.contact({"action": "messages.show", **name})
        self._note("it is stored as it was sent", stored["message"] == text, "")
        if waits(stored):
            stored = self._functions.contact({"action": "messages.retry", **name})
        detail = f"{stored['state']} {stored['trouble']} {' '.join(stored['reasons'])}".strip()
        self._note("it is mailed", stored["state"] == "sent", detail)
        gone = self._functions.contact({"action": "messages.delete", **name})
        self._note("it is deleted again", gone == {"deleted": True}, "")

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        answer = self._call(method, path, body)
        try:
            data = json.loads(answer.body)
        except ValueError:
            data = {}
        return answer.status, data if isinstance(data, dict) else {}

    def _note(self, name: str, ok: bool, detail: Any) -> None:
        self.done.append({"name": name, "ok": ok, "detail": "" if ok else str(detail)})


def over_http(address: str) -> Call:
    """Return what asks the API at an address."""

    def call(method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        raw = json.dumps(body).encode() if body is not None else None
        return http_request(method, address + path, _headers(), raw)

    return call


def in_process(functions: Functions) -> Call:
    """Return what asks the functions on this machine."""
    assert isinstance(functions, LocalApi)
    api = functions

    def call(method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        path, _, query = path.partition("?")
        raw = json.dumps(body).encode() if body is not None else b""
        return api(method, f"/api{path}", query, _headers(), raw)

    return call


def _headers() -> dict[str, str]:
    return {
        "user-agent": BROWSER,
        "accept": "application/json",
        "content-type": "application/json",
    }
