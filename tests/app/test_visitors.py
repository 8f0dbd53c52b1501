"""The commands `stats`, `messages` and `smoke`, on the files that `serve` keeps."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from generator.adapters.functions import (
    Answer,
    FunctionError,
    LocalApi,
    every,
    local_api,
    register_paths,
)
from generator.app.smoke import Smoke
from generator.cli.commands import run
from tests.support.events import FIREFOX

Run = Callable[..., int]


class Site:
    """A site's folder, its local API, and the commands on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "site.yaml").write_text("title: Tides & <co>\nurl: https://me.example/blog\n")
        self.api = local_api(folder / ".tidepost" / "local")

    def run(self, *arguments: str) -> int:
        return run([*arguments, "--site", str(self.folder)])

    def count(self, path: str, times: int) -> None:
        register_paths(self.api, ["/blog/", "/blog/a/", path])
        for i in range(times):
            body = json.dumps({"path": path, "id": f"view-{path.strip('/')[-1]}-{i:04}"}).encode()
            assert self.api("POST", "/api/count", "", {"user-agent": FIREFOX}, body).status == 200

    def send(self, **changes: str) -> str:
        fields = {"name": "Ada", "email": "ada@example.org", "message": "When is high water?"}
        headers = {"content-type": "application/json", "accept": "application/json"}
        body = json.dumps(fields | changes).encode()
        answer = self.api("POST", "/api/contact", "", headers, body)
        message_id: str = json.loads(answer.body)["id"]
        return message_id


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_stats_in_the_terminal(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.count("/blog/a/", 3)
    assert site.run("stats") == 0
    out = capsys.readouterr().out
    assert "3 views and 1 visitors in all" in out
    assert "/blog/a/" in out


def test_stats_as_files(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.count("/blog/a/", 3)
    html, table = site.folder / "out" / "report.html", site.folder / "days.csv"
    assert site.run("stats", "--html", str(html), "--csv", str(table), "--export") == 0
    baked = json.loads((site.folder / "data" / "counts.json").read_text())
    assert baked["pages"] == {
        "/": {"views": 0, "visitors": 0},
        "/a/": {"views": 3, "visitors": 1},
    }
    assert "/blog/a/" in table.read_text()
    page = BeautifulSoup(html.read_text(), "lxml")
    assert page.h1
    assert page.h1.text == "Visitors of Tides & <co>"
    assert len(page.select("svg rect")) > 30
    for attribute in ("src", "href", "xlink:href", "action"):  # it asks nothing of anybody
        assert not page.select(f"[{attribute.replace(':', chr(92) + ':')}]")
    assert "@import" not in html.read_text()
    assert "url(" not in html.read_text()


def test_stats_for_programs(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.count("/blog/a/", 2)
    assert site.run("stats", "--json", "--days", "1") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["stage"] == "local"
    assert data["site"]["views"] == 2
    assert data["pages"][0]["path"] == "/blog/a/"


def test_messages(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    first = site.send()
    spam = site.send(website="x", name="\x1b[31mEve [bold]", subject="Buy")
    assert site.run("messages", "list") == 0
    out = capsys.readouterr().out
    assert first in out
    assert "honeypot" in out
    assert "\x1b[31m" not in out
    assert site.run("messages", "show", spam[:5]) == 0
    out = capsys.readouterr().out
    assert "Suspicion: honeypot" in out
    assert "When is high water?" in out
    assert "\x1b" not in out
    assert len(site.api.outbox()) == 1
    assert site.run("messages", "retry", spam) == 0
    assert len(site.api.outbox()) == 2
    target = site.folder / "mail.json"
    assert site.run("messages", "export", str(target)) == 0
    assert {one["id"] for one in json.loads(target.read_text())} == {first, spam}
    assert site.run("messages", "delete", first, "--yes") == 0
    assert [one["id"] for one in every(site.api.contact, {"action": "messages.list"})] == [spam]


def test_messages_that_wait_say_why_and_until_when(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [site.send(message=f"Number {i}") for i in range(11)]
    assert site.run("messages", "list", "--state", "pending") == 0
    listed = capsys.readouterr().out
    assert ids[-1] in listed
    assert ids[0] not in listed
    assert "sender-limit" in listed
    assert site.run("messages", "show", ids[-1]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"State: +pending, after 0 attempts, next \d{4}-\d\d-\d\d 00:00 UTC", shown)
    assert re.search(r"^Waits: +.*sender-limit", shown, re.MULTILINE)
    assert site.run("messages", "retry", ids[-1]) == 0
    assert "is sent" in capsys.readouterr().out


def test_all_of_a_state_are_deleted_and_nothing_else(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.cli.messages._AT_ONCE", 2)
    first = site.send()
    for i in range(5):
        site.send(website="x", message=f"Buy {i}")
    assert site.run("messages", "delete") == 2
    assert site.run("messages", "delete", first, "--state", "quarantined") == 2
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115, PTH123
    assert site.run("messages", "delete", "--state", "quarantined") == 130
    assert "Delete these 5 for good?" in capsys.readouterr().err
    assert site.run("messages", "delete", "--state", "quarantined", "--yes") == 0
    assert "Deleted 5" in capsys.readouterr().out
    assert [one["id"] for one in every(site.api.contact, {"action": "messages.list"})] == [first]
    assert site.run("messages", "delete", "--state", "quarantined", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"deleted": []}


def test_a_state_that_no_message_can_have_is_not_understood(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site.run("messages", "list", "--state", "spam") == 2
    assert "'quarantined'" in capsys.readouterr().err


def test_an_unknown_message_is_one_sentence(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.run("messages", "show", "zz") == 3
    assert "no message begins with `zz`; `messages list` shows all ids" in capsys.readouterr().err
    assert site.run("messages", "show", "a" * 16) == 3
    assert "there is no such message" in capsys.readouterr().err


def test_deleting_asks(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = site.send()
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115, PTH123
    assert site.run("messages", "delete", first) == 130
    assert site.api.contact({"action": "messages.show", "id": first})["id"] == first


def test_smoke(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.count("/blog/a/", 2)
    for i in range(10):  # all that an address may send at once: the test's own message waits
        sent = site.send(message=f"Number {i}")
        site.api.contact({"action": "messages.delete", "id": sent})
    assert site.run("smoke") == 0
    assert "FAIL" not in capsys.readouterr().out
    assert list(every(site.api.contact, {"action": "messages.list"})) == []
    answer = site.api("GET", "/api/count", "path=/blog/a/")
    assert json.loads(answer.body)["counts"]["/blog/a/"]["views"] == 2


def test_smoke_never_touches_production(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.run("smoke", "--stage", "prod") == 2


class Recorder:
    """An API that is not what it should be, and remembers what it was asked."""

    def __init__(self, folder: Path, spoil: Callable[[str, str, Answer], Answer], **environ: str):
        self.api = LocalApi(folder, settings=environ)
        self.spoil = spoil
        self.asked: list[str] = []

    def counter(self, payload: Any) -> Any:
        self.asked.append(payload["action"])
        return self.api.counter(payload)

    def contact(self, payload: Any) -> Any:
        self.asked.append(payload["action"])
        return self.api.contact(payload)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        path, _, query = path.partition("?")
        headers = {"user-agent": FIREFOX, "content-type": "application/json"}
        raw = json.dumps(body).encode() if body is not None else b""
        return self.spoil(method, path, self.api(method, f"/api{path}", query, headers, raw))

    def failures(self, stage: str = "local") -> list[str]:
        smoke = Smoke(self, self.call, stage, wait=lambda _: None)
        smoke.run()
        return [check["name"] for check in smoke.done if not check["ok"]]


def test_smoke_stops_at_another_stage(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, lambda *a: a[2], TIDEPOST_STAGE="prod")
    assert recorder.failures("test") == ["the stage is test"]
    assert recorder.asked == []


def test_smoke_finds_an_api_that_counts_twice(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, lambda *a: a[2])

    def twice(method: str, path: str, answer: Answer) -> Answer:
        if path == "/count" and method == "POST":
            body = json.loads(answer.body)
            for numbers in body["counts"].values():
                numbers["views"] *= 2
            return answer._replace(body=json.dumps(body).encode())
        return answer

    recorder.spoil = twice
    assert "the second is one higher" in recorder.failures()


def test_smoke_finds_a_form_whose_mail_does_not_go(tmp_path: Path) -> None:
    mailer = {"TIDEPOST_MAILER": "smtp://127.0.0.1:1"}
    recorder = Recorder(tmp_path, lambda *a: a[2], **mailer)
    # Sent at once, so it is also taken for a program's: what counts is that it is noticed.
    assert "it is mailed" in recorder.failures()


def test_registering_many_pages_goes_on_until_done() -> None:
    class Slow:
        def __init__(self, lefts: list[int]) -> None:
            self.lefts = lefts

        def counter(self, payload: Any) -> Any:
            return {"pages": 9, "new": 9, "gone": 1, "left": self.lefts.pop(0)}

        def contact(self, payload: Any) -> Any:
            raise NotImplementedError

    assert register_paths(Slow([5, 2, 0]), ["/a/"]) == (9, 1)
    with pytest.raises(FunctionError, match="5 pages could not"):
        register_paths(Slow([5, 5]), ["/a/"])
