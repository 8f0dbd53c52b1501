"""What counter and form cost, request by request: measured table units times published prices.

    python bench/cost_sheet.py [--rate 100] [--views 50] [--write]

The units of each kind of request are what a table (dynalite, which follows DynamoDB's rules) says
it consumed. An abuser's views are measured while they come, since each write pays for the ids of
the views shortly before it. `--write` puts the tables into docs/cost.md between its marks.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.backend import servers  # noqa: E402
from tests.backend.events import Clock, request  # noqa: E402

MILLION = 1_000_000
PRICES = {
    "write": 0.625 / MILLION,
    "read": 0.125 / MILLION,
    "api": 1.00 / MILLION,
    "invocation": 0.20 / MILLION,
    "gb_second": 0.0000166667,
    "cdn": 0.0100 / 10_000,
    "mail": 0.10 / 1_000,
}
"""US dollars, region us-east-1, without free tiers. Sources and dates stand in docs/cost.md."""

MEMORY_GB = 0.25
BILLED_SECONDS = {"view": 0.040, "read": 0.015, "message": 0.250}
"""Assumed, not measured: time depends on the account's region. Six table calls of some 5 ms each
for a view; a message waits for SES."""


class Units(NamedTuple):
    """What one request takes of the table."""

    writes: float
    reads: float


def main() -> None:
    """Measure, calculate, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=100, help="the API's throttle, requests/s")
    parser.add_argument("--views", type=int, default=50, help="that of POST /api/count")
    parser.add_argument("--messages", type=float, default=5, help="that of POST /api/contact")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/cost.md")
    options = parser.parse_args()
    os.environ.update(servers.CREDENTIALS)
    with tempfile.TemporaryDirectory() as folder, servers.dynalite(Path(folder)) as endpoint:
        units = measure(endpoint)
        flooded = {pages: flood(endpoint, options.views, pages) for pages in (1, 10)}
    text = "\n".join(tables(units, flooded, options))
    print(text)
    if options.write:
        sheet = ROOT / "docs/cost.md"
        before, _, rest = sheet.read_text("utf-8").partition("<!-- measured -->\n")
        _, _, after = rest.partition("<!-- /measured -->")
        marked = f"{before}<!-- measured -->\n{text}\n<!-- /measured -->{after}"
        sheet.write_text(marked, "utf-8")


def measure(endpoint: str) -> dict[str, Units]:
    """Return the units of each kind of request, in a table with a day's traffic in it."""
    from backend.contact.app import build as build_contact
    from backend.contact.store_dynamodb import DynamoStore as Messages
    from backend.counter.app import build as build_counter
    from backend.counter.store_dynamodb import DynamoStore as Counts

    client = servers.dynamodb(endpoint)
    table = servers.make_table(client, "cost-sheet")
    taken = Meter(client)
    clock = Clock()
    count = build_counter({}, clock, Counts(table, table, client))
    paths = [f"/posts/{i}/" for i in range(100)]
    count({"action": "register", "paths": paths}, None)

    def view(name: str, ip: str, path: str = paths[0], **more: Any) -> None:
        event = request("POST", "/api/count", {"path": path, "id": name, **more}, ip=ip)
        assert count(event, None)["statusCode"] == 200

    def send(i: int) -> None:
        fields = {"name": "Ada", "email": "a@example.org", "message": f"Message {i} " + "x" * 900}
        headers = {"content_type": "application/json", "accept": "application/json"}
        event = request("POST", "/api/contact", fields, ip=f"10.1.0.{i}", **headers)
        assert contact(event, None)["statusCode"] == 200

    for i in range(30):  # a page that is visited every two minutes
        clock.now += 120
        view(f"warm-{i:04}", f"192.0.2.{i}", site=True)
    mailer = {"TIDEPOST_MAILER": "outbox:" + tempfile.mkdtemp()}
    mailer |= {"TIDEPOST_SENDER": "a@b.example", "TIDEPOST_RECIPIENT": "c@d.example"}
    contact = build_contact(mailer, clock, Messages(table, client))
    send(0)
    lists = {n: "/api/count?" + "&".join(f"path={path}" for path in paths[:n]) for n in (10, 100)}
    kinds = {
        "a view by a reader new today": lambda: view("new-0001", "198.51.100.1", site=True),
        "the same reader, another page": lambda: view("more-001", "198.51.100.1", paths[1]),
        "the same reader, the same page": lambda: view("more-002", "198.51.100.1"),
        "a reload that does not count": lambda: view("more-003", "198.51.100.1", reload=30),
        "a list of ten posts": lambda: count(request("GET", lists[10]), None),
        "a list of a hundred posts": lambda: count(request("GET", lists[100]), None),
        "an unknown path": lambda: count(
            request("POST", "/api/count", {"path": "/x/", "id": "12345678"}), None
        ),
        "a message": lambda: send(1),
    }
    return {name: taken.by(call) for name, call in kinds.items()}


def flood(endpoint: str, views: int, pages: int) -> Units:
    """Return the units of a view where so many come in each second, each from another address."""
    from backend.counter.app import build
    from backend.counter.core import BUCKET
    from backend.counter.store_dynamodb import DynamoStore

    client = servers.dynamodb(endpoint)
    table = servers.make_table(client, f"flood-{pages}")
    taken = Meter(client)
    clock = Clock()
    clock.now -= clock.now % BUCKET
    count = build({}, clock, DynamoStore(table, table, client))
    paths = [f"/posts/{i}/" for i in range(pages)]
    count({"action": "register", "paths": paths}, None)

    def bucket(number: int) -> None:
        for i in range(views * BUCKET):
            clock.now = start + number * BUCKET + i // views
            body = {"path": paths[i % pages], "id": f"flood-{number}-{i}"}
            ip = f"10.{number}.{i >> 8}.{i & 255}"
            assert count(request("POST", "/api/count", body, ip=ip), None)["statusCode"] == 200

    start = clock.now
    bucket(0)
    total = taken.by(lambda: bucket(1))
    return Units(*(round(amount / (views * BUCKET), 1) for amount in total))


class Meter:
    """Adds up what the table says it consumed."""

    def __init__(self, client: Any) -> None:
        self._sum = [0.0, 0.0]
        client.meta.events.register("provide-client-params.dynamodb.*", self._ask)
        client.meta.events.register("after-call.dynamodb.*", self._note)

    def by(self, call: Any) -> Units:
        """Return what `call` consumed."""
        self._sum = [0.0, 0.0]
        call()
        return Units(*self._sum)

    def _ask(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        if "ReturnConsumedCapacity" in model.input_shape.members:
            params["ReturnConsumedCapacity"] = "TOTAL"

    def _note(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        reads = model.name in ("GetItem", "BatchGetItem", "Query")
        used = parsed.get("ConsumedCapacity", [])
        used = used if isinstance(used, list) else [used]
        units = sum(float(one["CapacityUnits"]) for one in used)
        # DynamoDB charges where dynalite says nothing: half a unit for a read that finds nothing,
        # one for a write whose condition fails.
        self._sum[reads] += units or (0.5 if reads else 1)


def cost(units: Units, kind: str, extra: float = 0) -> float:
    """Return the price of one request through CDN, API, function and table, in dollars."""
    return (
        units.writes * PRICES["write"]
        + units.reads * PRICES["read"]
        + PRICES["cdn"]
        + PRICES["api"]
        + PRICES["invocation"]
        + BILLED_SECONDS[kind] * MEMORY_GB * PRICES["gb_second"]
        + extra
    )


def tables(
    units: dict[str, Units], flooded: dict[int, Units], options: argparse.Namespace
) -> list[str]:
    """Return the sheet's tables as Markdown."""
    kinds = dict.fromkeys(units, "view") | {"a list of ten posts": "read", "a message": "message"}
    kinds["a list of a hundred posts"] = "read"
    kinds["an unknown path"] = "read"
    each = {
        name: cost(one, kinds[name], PRICES["mail"] if name == "a message" else 0)
        for name, one in units.items()
    }
    lines = [
        "| request | write units | read units | a million of them |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {one.writes:g} | {one.reads:g} | ${each[name] * MILLION:,.2f} |"
            for name, one in units.items()
        ),
        "",
        "| views a month | readers new today | lists read | messages | a month costs |",
        "|---:|---:|---:|---:|---:|",
    ]
    for views in (1_000, 100_000, 10_000_000):
        new, lists, messages = views // 2, views // 4, max(5, views // 10_000)
        total = (
            new * each["a view by a reader new today"]
            + (views - new) * each["the same reader, another page"]
            + lists * each["a list of ten posts"]
            + messages * each["a message"]
        )
        lines.append(f"| {views:,} | {new:,} | {lists:,} | {messages:,} | ${total:,.2f} |")
    junk, unmailed = each["an unknown path"], each["a message"] - PRICES["mail"]
    lines += ["", "| an abuser, all day | a second | a day | 30 days |", "|---|---:|---:|---:|"]
    views = [
        (
            f"views of {'one page' if pages == 1 else f'{pages} pages'}, each from another address "
            f"({taken.writes:g} write and {taken.reads:g} read units)",
            cost(taken, "view"),
            options.views,
        )
        for pages, taken in flooded.items()
    ]
    for text, price, speed in (
        *views,
        ("paths that do not exist", junk, options.views),
        ("lists of a hundred posts", each["a list of a hundred posts"], options.rate),
        (
            "messages, each from another address (mail stops at 200 a day)",
            unmailed,
            options.messages,
        ),
    ):
        day = price * speed * 86_400
        lines.append(f"| {text} | {speed:g} | ${day:,.2f} | ${day * 30:,.2f} |")
    return lines


if __name__ == "__main__":
    main()
