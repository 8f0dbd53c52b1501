"""What the functions ask of their tables is what their roles allow: all of it, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from backend.contact.app import build as build_contact
from backend.contact.store_dynamodb import DynamoStore as Messages
from backend.counter.app import build as build_counter
from backend.counter.store_dynamodb import DynamoStore as Counts
from generator.adapters.aws.lambda_package import read_template
from tests.support import aws_servers
from tests.support.events import Clock, request

ROOT = Path(__file__).parents[2]
DAY = 86_400


def allowed(role: str, table: str) -> set[str]:
    """The actions on a table that the stack gives to a role."""
    resources = read_template(ROOT / "infra/site.yaml")["Resources"]
    policy = resources[role]["Properties"]["Policies"][0]["PolicyDocument"]
    [rule] = [r for r in policy["Statement"] if r["Resource"] == {"Fn::GetAtt": [table, "Arn"]}]
    return {action.removeprefix("dynamodb:") for action in rule["Action"]}


def listening(client: Any) -> dict[str, set[str]]:
    """What a client is asked from now on, by table."""
    asked: dict[str, set[str]] = defaultdict(set)

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        tables = [params["TableName"]] if "TableName" in params else params["RequestItems"]
        for table in tables:
            asked[table].add(model.name)

    client.meta.events.register("provide-client-params.dynamodb.*", note)
    return asked


def test_the_counter_needs_what_it_may_do_and_no_more(moto: str) -> None:
    client = aws_servers.dynamodb(moto)
    counts = aws_servers.make_table(client, "rights-counts")
    visitors = aws_servers.make_table(client, "rights-visitors")
    asked, clock = listening(client), Clock()
    handle = build_counter({}, clock, Counts(counts, visitors, client))
    handle({"action": "register", "paths": ["/a/", "/b/"]}, None)
    for day in range(4):
        for i, more in enumerate(({}, {"reload": 30}, {"read": ["/a/", "/b/"], "site": True})):
            body = {"path": "/a/", "id": f"view-{day}-{i}", **more}
            assert handle(request("POST", "/api/count", body), None)["statusCode"] == 200
            assert handle(request("POST", "/api/count", body), None)["statusCode"] == 200
        clock.now += DAY
        handle({"schedule": "maintain"}, None)
    assert handle(request("GET", "/api/count?path=/a/&path=/b/"), None)["statusCode"] == 200
    assert len(handle({"action": "stats"}, None)["pages"]) == 3
    handle({"action": "register", "paths": ["/a/"]}, None)
    assert asked == {
        counts: allowed("CounterRole", "CountsTable"),
        visitors: allowed("CounterRole", "VisitorsTable"),
    }


def test_the_form_needs_what_it_may_do_and_no_more(moto: str, tmp_path: Path) -> None:
    client = aws_servers.dynamodb(moto)
    table = aws_servers.make_table(client, "rights-messages")
    visitors = aws_servers.make_table(client, "rights-senders")
    asked, clock = listening(client), Clock()
    settings = {
        "TIDEPOST_MAILER": f"outbox:{tmp_path}",
        "TIDEPOST_SENDER": "a@example.net",
        "TIDEPOST_RECIPIENT": "b@example.net",
    }
    handle = build_contact(settings, clock, Messages(table, client, visitors))
    headers = {"content_type": "application/json", "accept": "application/json"}
    assert handle(request("GET", "/api/contact/token"), None)["statusCode"] == 200
    fields = {"name": "Ada", "email": "a@example.org", "message": "High water " * 9}
    for _ in range(2):
        answer = handle(request("POST", "/api/contact", fields, **headers), None)
        assert answer["statusCode"] == 200
    clock.now += 3600
    handle({"schedule": "retry"}, None)
    [message] = handle({"action": "messages.list"}, None)["items"]
    assert handle({"action": "messages.retry", "id": message["id"]}, None)["state"] == "sent"
    assert handle({"action": "messages.delete", "id": message["id"]}, None) == {"deleted": True}
    clock.now += DAY
    for i in range(12):  # more than one network may send at once, and a day later they are mailed
        body = fields | {"message": f"Number {i}"}
        assert handle(request("POST", "/api/contact", body, **headers), None)["statusCode"] == 200
    clock.now += DAY
    assert handle({"schedule": "retry"}, None)["sent"] == 2
    assert asked == {
        table: allowed("ContactRole", "MessagesTable"),
        visitors: allowed("ContactRole", "VisitorsTable"),
    }
