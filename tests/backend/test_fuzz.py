"""Whatever a stranger sends: no 5xx, no stack trace, and nothing counted for a refused request."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections import Counter
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.contact.app import build as build_contact
from backend.counter.app import build as build_counter
from tests.support.events import Clock

QUICK = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# Lone surrogates are among them: JSON can carry them, so an event can.
text = st.text(st.characters(codec=None), max_size=40) | st.sampled_from(
    [
        "",
        "*",
        "/",
        "/a/",
        "/posts/hello/",
        "../",
        "\x00",
        "\ud800",
        "a\r\nb",
        "x" * 600,
        "%",
        "%ff",
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=8,
)


def mostly(usual: st.SearchStrategy[Any], wild: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return what is usual in seven cases of eight, or nothing strange would get far."""
    return st.integers(0, 7).flatmap(lambda dice: wild if dice == 7 else usual)


count_body = st.fixed_dictionaries(
    {
        "path": mostly(st.sampled_from(["/a/", "/a", "/b/index.html"]), anything),
        "id": mostly(st.from_regex("[A-Za-z0-9_-]{8,12}", fullmatch=True), anything),
    },
    optional={
        "reload": mostly(st.integers(0, 60), anything),
        "read": mostly(st.lists(st.sampled_from(["/a/", "/b/"]), max_size=4), anything),
        "site": anything,
        "auto": anything,
        "action": anything,
    },
)
contact_body = st.fixed_dictionaries(
    {
        "name": mostly(st.just("Ada"), anything),
        "email": mostly(st.just("ada@example.org"), anything),
        "message": mostly(text.map("Hello {}".format), anything),
    },
    optional={
        "subject": mostly(text, anything),
        "website": mostly(st.just(""), anything),
        "extra": mostly(st.just(""), anything),
        "token": st.binary(max_size=40).map(lambda b: base64.b64encode(b).decode()) | text,
        "page": mostly(text, anything),
        "thanks": mostly(text, anything),
    },
)
header_names = st.sampled_from(
    ["origin", "x-forwarded-for", "x-tidepost-edge", "cloudfront-viewer-address", "sec-purpose"]
)
header_values = text | st.sampled_from(
    ["text/html", "application/json", "https://me.example", "edge", "::1", "[::1]:99999", ",,"]
)


@st.composite
def events(draw: st.DrawFn, bodies: st.SearchStrategy[Any], paths: list[str]) -> dict[str, Any]:
    as_form = draw(st.booleans())

    def write(body: dict[str, Any]) -> str:
        return urlencode(body, errors="replace") if as_form else json.dumps(body)

    kind = "application/x-www-form-urlencoded" if as_form else "application/json"
    body = draw(mostly(bodies.map(write), text | anything))
    encoded = draw(st.booleans())
    if encoded and isinstance(body, str) and draw(mostly(st.just(True), st.just(False))):
        body = base64.b64encode(body.encode("utf-8", "surrogatepass")).decode()
    method = st.sampled_from(["POST", "POST", "POST", "GET", "HEAD", "OPTIONS", "PUT"])
    addresses = st.sampled_from(["192.0.2.1", "::1", "2001:db8::1"])
    queries = st.sampled_from(["path=/a/", "path=%ff&site=1", "&path" * 99])
    event = {
        "version": "2.0",
        "rawPath": draw(mostly(st.sampled_from(paths), text)),
        "rawQueryString": draw(mostly(queries, text)),
        "headers": {
            "content-type": draw(mostly(st.just(kind), header_values)),
            "accept": draw(mostly(st.sampled_from(["text/html", "application/json"]), text)),
            "user-agent": draw(mostly(st.just("Mozilla/5.0 Firefox/140"), text)),
        }
        | draw(st.dictionaries(mostly(header_names, text), header_values, max_size=6)),
        "requestContext": {
            "http": {
                "method": draw(mostly(method, text)),
                "sourceIp": draw(mostly(addresses, text)),
            },
            "stage": draw(mostly(st.just("$default"), st.just("test"))),
        },
        "body": body,
        "isBase64Encoded": encoded,
    }
    optional = st.sets(st.sampled_from(["body", "headers", "rawQueryString", "version"]))
    for absent in draw(mostly(st.just(set()), optional)):
        del event[absent]
    return event


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, sqlite3.Connection]:
    file = tmp_path_factory.mktemp("fuzz") / "counter.sqlite"
    environ = {"TIDEPOST_STORE": f"sqlite:{file}", "TIDEPOST_EDGE_KEY": "edge"}
    handle = build_counter(environ, Clock())
    handle({"action": "register", "paths": ["/a/", "/b/"]}, None)
    return handle, sqlite3.connect(file)


def test_counter(counter: tuple[Any, sqlite3.Connection]) -> None:
    statuses = Counter[int]()
    fuzz_counter(*counter, statuses)
    assert min(statuses[200], statuses[400]) > 5  # it got as far as that


@QUICK
@given(event=events(count_body, ["/api/count", "/api/count", "/api/health"]))
def fuzz_counter(
    handle: Any, db: sqlite3.Connection, statuses: Counter[int], event: dict[str, Any]
) -> None:

    def counted() -> tuple[int, int, int]:
        found: tuple[int, int, int] = db.execute(
            "SELECT sum(views + bots), (SELECT count(*) FROM visits), (SELECT count(*) FROM pages)"
            " FROM pages"
        ).fetchone()
        return found

    before = counted()
    answer = handle(event, None)
    check(answer)
    statuses[answer["statusCode"]] += 1
    if answer["statusCode"] != 200:
        assert counted() == before
    assert counted()[2] == 3  # no path of a stranger's making


@pytest.fixture(scope="module")
def contact(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, sqlite3.Connection]:
    folder = tmp_path_factory.mktemp("fuzz")
    environ = {
        "TIDEPOST_STORE": f"sqlite:{folder / 'contact.sqlite'}",
        "TIDEPOST_MAILER": f"outbox:{folder / 'outbox'}",
        "TIDEPOST_SENDER": "site@example.net",
        "TIDEPOST_RECIPIENT": "owner@example.net",
        "TIDEPOST_EDGE_KEY": "edge",
        "TIDEPOST_DAILY_MAIL": "100000",
    }
    return build_contact(environ, Clock()), sqlite3.connect(folder / "contact.sqlite")


def test_contact(contact: tuple[Any, sqlite3.Connection]) -> None:
    contact[0]({"action": "messages.list"}, None)  # makes the tables
    statuses = Counter[int]()
    fuzz_contact(*contact, statuses)
    assert min(statuses[303], statuses[200], statuses[422]) > 0  # it got as far as that


@QUICK
@given(event=events(contact_body, ["/api/contact"] * 4 + ["/api/contact/token"]))
def fuzz_contact(
    handle: Any, db: sqlite3.Connection, statuses: Counter[int], event: dict[str, Any]
) -> None:
    db.execute("DELETE FROM hits")  # the limits have their own tests
    db.commit()
    count = "SELECT count(*) FROM messages"
    before = db.execute(count).fetchone()
    answer = handle(event, None)
    check(answer)
    statuses[answer["statusCode"]] += 1
    if answer["statusCode"] not in (200, 303):
        assert db.execute(count).fetchone() == before
    stuck = "SELECT count(*) FROM messages WHERE state NOT IN ('sent', 'quarantined')"
    assert db.execute(stuck).fetchone() == (0,)


def check(answer: dict[str, Any]) -> None:
    """Hold what every answer must hold."""
    assert 200 <= answer["statusCode"] < 500, answer
    json.dumps(answer).encode()
    answer["body"].encode()
    assert "Traceback" not in answer["body"]
    for name, value in answer["headers"].items():
        assert "\r" not in name + value
        assert "\n" not in name + value
    if answer["headers"].get("content-type", "").startswith("application/json"):
        json.loads(answer["body"])


@QUICK
@given(event=anything | st.dictionaries(text, anything, max_size=4))
def test_malformed_invocations_are_answered(event: Any) -> None:
    """The owner's side may be wrong, too: an answer, not a stack trace."""
    if isinstance(event, dict) and {"requestContext", "schedule", "source"} & set(event):
        return
    for build in (build_counter, build_contact):
        assert "error" in build({}, Clock())(event, None)
