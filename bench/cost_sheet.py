"""What the live part costs, and what an abuser can make it cost: measured units times list prices.

    python bench/cost_sheet.py [--write]

The units of each kind of request are what a table (dynalite, which follows DynamoDB's rules) says
it consumed. For strings beyond ASCII it says too little (findings/dynalite-string-size.sh); what
people write is stored as bytes, so that this does not matter here. How many requests can come is
read from infra/site.yaml. `--write` puts the tables into docs/cost.md between its marks;
tests/backend/test_cost.py holds them there.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from generator.adapters.aws.lambda_package import read_template  # noqa: E402
from generator.publish import cost  # noqa: E402
from tests.support import aws_servers  # noqa: E402
from tests.support.events import Clock, request  # noqa: E402

MILLION = 1_000_000
DAY, MONTH_DAYS = 86_400, 30
GB = 1024**3
PRICES = {name: price.dollars for name, price in cost.PRICES.items()}
"""US dollars, without free tiers."""

MEMORY_GB = 0.25
BILLED_SECONDS = {"view": 0.040, "read": 0.015, "message": 0.250}
"""Assumed, not measured: time depends on the account's region. Six table calls of some 5 ms each
for a view; a message waits for SES."""
HEADERS = 600
"""Assumed bytes of an answer's headers."""
PAGE = 50 * 1024
"""Assumed bytes of a page with what it loads, shared out over its requests."""

CROWDED = "a new reader's view for a hundred numbers, among a thousand"
"""The dearest view: each is charged by the size of an item that holds the others' ids, too."""

NUMBERS = 100
"""Pages whose numbers one request may ask for (backend/counter/core.py, MAX_READ)."""


class Units(NamedTuple):
    """What one request takes: table units, and the bytes of its answer."""

    writes: float
    reads: float
    bytes: int = 0


class Limits(NamedTuple):
    """What infra/site.yaml lets in, in requests a second, and what it keeps for how many days."""

    views: float
    lists: float
    messages: float
    tokens: float
    others: float
    quarantine_days: int
    mails_a_day: int
    spam_a_day: int
    waiting: int
    address_limit: int
    standard_rules: int


def main() -> None:
    """Measure, calculate, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the tables into docs/cost.md")
    options = parser.parse_args()
    os.environ.update(aws_servers.CREDENTIALS)
    with tempfile.TemporaryDirectory() as folder, aws_servers.dynalite(Path(folder)) as endpoint:
        text = sheet(endpoint)
    print(text)
    if options.write:
        page = ROOT / "docs/cost.md"
        before, _, after = parts(page.read_text("utf-8"))
        page.write_text(f"{before}{text}\n{after}", "utf-8")


def parts(page: str) -> tuple[str, str, str]:
    """Split docs/cost.md into what is before the tables, the tables, and what is after them."""
    before, mark, rest = page.partition("<!-- measured -->\n")
    tables, end, after = rest.partition("<!-- /measured -->")
    assert mark
    assert end
    return before + mark, tables, end + after


def sheet(endpoint: str) -> str:
    """Return all tables as Markdown, with what the table at `endpoint` says it consumed."""
    return "\n".join(tables(measure(endpoint), limits()))


def limits() -> Limits:
    """Return what the template lets in at its defaults."""
    from backend.contact.app import DEFAULT_DAILY_MAIL
    from backend.contact.core import MOST_SPAM, MOST_WAITING

    template = read_template(ROOT / "infra" / "site.yaml")
    parameters, resources = template["Parameters"], template["Resources"]

    def value(given: Any) -> float:
        return float(parameters[given["Ref"]]["Default"] if isinstance(given, dict) else given)

    stage = resources["ApiStage"]["Properties"]
    rate_of = {
        resource["Properties"]["RouteKey"]: value(
            stage["RouteSettings"]
            .get(resource["Properties"]["RouteKey"], stage["DefaultRouteSettings"])
            .get("ThrottlingRateLimit")
        )
        for resource in resources.values()
        if resource["Type"] == "AWS::ApiGatewayV2::Route"
    }
    [rate] = [
        rule["Statement"]["RateBasedStatement"]["Limit"]
        for rule in resources["PlanFirewall"]["Properties"]["Rules"]
        if "RateBasedStatement" in rule["Statement"]
    ]
    return Limits(
        views=rate_of.pop("POST /api/count"),
        lists=rate_of.pop("GET /api/count"),
        messages=rate_of.pop("POST /api/contact"),
        tokens=rate_of.pop("GET /api/contact/token"),
        others=sum(rate_of.values()),
        quarantine_days=int(parameters["KeepQuarantineDays"]["Default"]),
        mails_a_day=DEFAULT_DAILY_MAIL,
        spam_a_day=MOST_SPAM * DEFAULT_DAILY_MAIL,
        waiting=MOST_WAITING * DEFAULT_DAILY_MAIL,
        address_limit=rate,
        standard_rules=len(resources["Firewall"]["Properties"]["Rules"]),
    )


def burst() -> int:
    """Return how many views the template lets in at once."""
    stage = read_template(ROOT / "infra" / "site.yaml")["Resources"]["ApiStage"]["Properties"]
    return int(stage["DefaultRouteSettings"]["ThrottlingBurstLimit"])


def longest(seed: int) -> str:
    """Return the message that costs most: of letters that no compression makes shorter."""
    from backend.contact.core import LIMITS

    dice = random.Random(seed)
    return "".join(chr(dice.randrange(0x10000, 0x110000)) for _ in range(LIMITS["message"]))


def measure(endpoint: str) -> dict[str, Units]:
    """Return the units of each kind of request, in a table with a day's traffic in it."""
    from backend.contact.app import build as build_contact
    from backend.contact.core import MOST_SPAM, MOST_WAITING
    from backend.contact.store_dynamodb import DynamoStore as Messages
    from backend.counter import core
    from backend.counter.app import build as build_counter
    from backend.counter.store_dynamodb import DynamoStore as Counts

    client = aws_servers.dynamodb(endpoint)
    table = aws_servers.make_table(client, "cost-sheet")
    taken = Meter(client)
    clock = Clock()
    count = build_counter({}, clock, Counts(table, table, client))
    paths = [f"/posts/{i}/" for i in range(NUMBERS)]
    count({"action": "register", "paths": paths}, None)

    def answered(answer: dict[str, Any], status: int = 200) -> int:
        assert answer["statusCode"] == status, answer
        return HEADERS + len(answer["body"].encode())

    def view(name: str, ip: str, path: str = paths[0], **more: Any) -> int:
        body = {"path": path, "id": name, "site": True, **more}
        return answered(count(request("POST", "/api/count", body, ip=ip), None))

    def crowded() -> int:
        """The view in the middle of as many as come at once: its item holds half of their ids."""
        ids = [core.view_key(f"crowd-{i}") for i in range(burst() // 2)]
        bucket = f"k{int(clock.now) // core.BUCKET}"
        shares = {("P#/posts/0/", 0): ids}
        for i in range(core.SITE_SHARDS):
            shares[f"P#{core.SITE}", i] = ids[i :: core.SITE_SHARDS]
        for (page, shard), share in shares.items():
            client.update_item(
                TableName=table,
                Key={"pk": {"S": page}, "sk": {"S": f"S#{shard}"}},
                UpdateExpression="ADD #k :ids",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeNames={"#k": bucket},
                ExpressionAttributeValues={":ids": {"SS": share}},
            )
        taken.by(lambda: None)  # what was just done is nobody's request
        return view("dear-002", "198.51.100.3", read=paths)

    def send(i: int, text: str = "", status: int = 200, form: Any = None, **more: Any) -> int:
        fields = {"name": "Ada", "email": "a@example.org", "message": f"Message {i} " + "x" * 900}
        fields |= {"message": text} if text else {}
        headers = {"content_type": "application/json", "accept": "application/json"}
        # An IPv6 address lies in three networks that are counted, an IPv4 one in two.
        event = request("POST", "/api/contact", fields | more, ip=f"2001:db8:{i:x}::1", **headers)
        return answered((form or contact)(event, None), status)

    for i in range(30):  # a page that is visited every two minutes
        clock.now += 120
        view(f"warm-{i:04}", f"192.0.2.{i}")
    mailer = {"TIDEPOST_MAILER": "outbox:" + tempfile.mkdtemp()}
    mailer |= {"TIDEPOST_SENDER": "a@b.example", "TIDEPOST_RECIPIENT": "c@d.example"}
    contact = build_contact(mailer, clock, Messages(table, client))
    send(0)
    # One whose day is full, as is the number of those that may wait, and of what may be spam.
    busy = build_contact(mailer | {"TIDEPOST_DAILY_MAIL": "1"}, clock, Messages(table, client))
    for i in range(MOST_SPAM):
        send(100 + i, form=busy, website="x")
    lists = {n: "/api/count?" + "&".join(f"path={path}" for path in paths[:n]) for n in (10, 100)}
    unknown = {"path": "/x/", "id": "12345678"}
    token = request("GET", "/api/contact/token")
    dear = {"name": "𠜎" * 100, "subject": "🌊" * 150}
    kinds: dict[str, Callable[[], int]] = {
        "a view by a reader new today": lambda: view("new-0001", "198.51.100.1"),
        "the same reader, another page": lambda: view("more-001", "198.51.100.1", paths[1]),
        "the same reader, the same page": lambda: view("more-002", "198.51.100.1"),
        "a reload that does not count": lambda: view("more-003", "198.51.100.1", reload=30),
        "a new reader's view that asks for a hundred numbers": lambda: view(
            "dear-001", "198.51.100.2", read=paths
        ),
        "a list of ten posts": lambda: answered(count(request("GET", lists[10]), None)),
        "a list of a hundred posts": lambda: answered(count(request("GET", lists[100]), None)),
        "an unknown path": lambda: answered(
            count(request("POST", "/api/count", unknown), None), 404
        ),
        "a token for the form": lambda: answered(contact(token, None)),
        "a message": lambda: send(1),
        "the longest message, mailed": lambda: send(2, longest(2), **dear),
        "the longest message, as spam": lambda: send(3, longest(3), website="x", **dear),
        "the longest message, which waits": lambda: send(4, longest(4), form=busy, **dear),
        "spam beyond a day's number": lambda: send(5, form=busy, website="x", status=429),
        "a message when no more may wait": lambda: send(6, form=busy, status=429),
        CROWDED: crowded,
    }
    found = {}
    for name, call in kinds.items():
        size = 0
        if name == "a message when no more may wait":
            for i in range(MOST_WAITING):  # the last one is refused, which is kept in mind
                send(200 + i, form=busy, status=200 if i < MOST_WAITING - 1 else 429)

        def run(call: Callable[[], int] = call) -> None:
            nonlocal size
            size = call()

        found[name] = taken.by(run)._replace(bytes=size)
    return found


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


def cost(units: Units, kind: str, *, cdn: bool) -> float:
    """Return the price of one request through API, function and table, in dollars."""
    behind = (
        units.writes * PRICES["write"]
        + units.reads * PRICES["read"]
        + PRICES["api"]
        + PRICES["invocation"]
        + BILLED_SECONDS[kind] * MEMORY_GB * PRICES["gb_second"]
    )
    return behind + (PRICES["cdn"] + units.bytes / GB * PRICES["cdn_gb"] if cdn else 0)


class Row(NamedTuple):
    """One thing that an abuser can do all month; prices are of 30 days."""

    what: str
    rate: float
    behind: float
    cdn: float


def worst(units: dict[str, Units], limits: Limits) -> list[Row]:
    """Return what a month costs in which everything comes as fast as it is let in."""
    mails = limits.mails_a_day / DAY
    spam = min(limits.messages, limits.spam_a_day / DAY)
    rows = []
    for what, rate, kind in (
        (CROWDED, limits.views, "view"),
        ("a list of a hundred posts", limits.lists, "read"),
        ("the longest message, mailed", mails, "message"),
        ("the longest message, as spam", spam, "message"),
        ("a message when no more may wait", limits.messages - mails - spam, "view"),
        ("a token for the form", limits.tokens, "read"),
        ("an unknown path", limits.others, "read"),
    ):
        number = rate * DAY * MONTH_DAYS
        here = cost(units[what], kind, cdn=False)
        cdn = cost(units[what], kind, cdn=True) - here
        mail = PRICES["mail"] if what == "the longest message, mailed" else 0
        name = {
            CROWDED: "such a view, a thousand each time the rate allows",
            "an unknown path": "whatever else the API answers",
        }.get(what, what)
        rows.append(Row(name, rate, number * (here + mail), number * cdn))
    # At the month's end, as if it were there all month. A write unit is a kilobyte.
    waits = units["the longest message, which waits"]
    number = limits.waiting
    filled = number * cost(waits, "message", cdn=False)
    rows.append(Row(f"{number:,} more, which wait", number / DAY / MONTH_DAYS, filled, 0))
    stored = spam * DAY * limits.quarantine_days * units["the longest message, as spam"].writes
    stored += (mails * DAY * MONTH_DAYS + number) * waits.writes
    kept = stored * 1024 / GB * (PRICES["stored"] + PRICES["recovery"])
    name = f"all these kept and backed up, spam for {limits.quarantine_days} days"
    rows.append(Row(name, mails + spam, kept, 0))
    return rows


def tables(units: dict[str, Units], limits: Limits) -> list[str]:
    """Return the sheet's tables as Markdown."""
    kinds = dict.fromkeys(units, "view")
    for name in units:
        if name in ("spam beyond a day's number", "a message when no more may wait"):
            pass  # six calls of the table at most, as for a view, and no mail
        elif "message" in name:
            kinds[name] = "message"
        elif "list of" in name or name in ("an unknown path", "a token for the form"):
            kinds[name] = "read"
    mail = dict.fromkeys(("a message", "the longest message, mailed"), PRICES["mail"])
    each = {
        name: cost(one, kinds[name], cdn=True) + mail.get(name, 0) for name, one in units.items()
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
    for views in (1_000, 100_000, 1_000_000):
        new, lists, messages = views // 2, views // 4, max(5, views // 10_000)
        total = (
            new * each["a view by a reader new today"]
            + (views - new) * each["the same reader, another page"]
            + lists * each["a list of ten posts"]
            + messages * each["a message"]
        )
        lines.append(f"| {views:,} | {new:,} | {lists:,} | {messages:,} | ${total:,.2f} |")
    rows = worst(units, limits)
    lines += [
        "",
        "| an abuser, all month | a second | functions, tables, API | CDN without a plan |",
        "|---|---:|---:|---:|",
        *(f"| {r.what} | {r.rate:.2g} | ${r.behind:,.2f} | ${r.cdn:,.2f} |" for r in rows),
        f"| **all of it** | | **${sum(r.behind for r in rows):,.2f}** "
        f"| **${sum(r.cdn for r in rows):,.2f}** |",
        "",
        "| pages from the CDN, by an abuser, all month | requests | data | without a plan "
        "| `Waf: standard` besides |",
        "|---|---:|---:|---:|---:|",
    ]
    for rate in (1, 10, 100, 1_000):
        number = rate * DAY * MONTH_DAYS
        data = number * PAGE / GB
        price = number * (PRICES["cdn"] + PRICES["edge"]) + data * PRICES["cdn_gb"]
        firewall = PRICES["web_acl"] + limits.standard_rules * PRICES["rule"]
        firewall += number * PRICES["inspected"]
        lines.append(
            f"| {rate:,} a second | {number / MILLION:,.1f} million | {data:,.0f} GB "
            f"| ${price:,.2f} | ${firewall:,.2f} |"
        )
    number = limits.address_limit / 300 * DAY * MONTH_DAYS
    lines += [
        "",
        "| with `Plan: free`, of one address | requests | the bucket's price |",
        "|---|---:|---:|",
        f"| paths that nobody has, {limits.address_limit:,} in five minutes "
        f"| {number / MILLION:,.2f} million | ${number * PRICES['get']:,.2f} |",
    ]
    return lines


if __name__ == "__main__":
    main()
