"""The form's handler: what becomes of a message, and what a stranger cannot do."""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup

from backend.contact import core
from backend.contact.app import build
from backend.contact.delivery import MAX_NOTICES, NOTICE_AFTER
from backend.contact.mailer import Mail, Outcome
from backend.contact.store_sqlite import SqliteStore
from generator.adapters.functions import every
from tests.support.events import NOW, Clock, answered, request

CONTRACT = json.loads((Path(__file__).parents[1] / "contract/contact.json").read_text("utf-8"))
ADA = {
    "name": "Ada",
    "email": "ada@example.org",
    "subject": "Tides",
    "message": "When is high water?",
    "page": "/contact/",
    "thanks": "/contact/thanks/",
}


class Post:
    """A mailer whose fate is set by hand; it keeps what it was given."""

    def __init__(self) -> None:
        self.outcome = Outcome("sent", "mail-1")
        self.mails: list[Mail] = []

    def send(self, mail: Mail) -> Outcome:
        self.mails.append(mail)
        return self.outcome


class Site:
    """A contact form with its clock, its file and its mailer."""

    def __init__(self, folder: Path, mailer: Any = None, **settings: str) -> None:
        self.clock = Clock()
        self.folder = folder
        self.post = Post()
        environ = {
            "TIDEPOST_STORE": f"sqlite:{folder / 'contact.sqlite'}",
            "TIDEPOST_SENDER": "site@example.net",
            "TIDEPOST_RECIPIENT": "owner@example.net",
            "TIDEPOST_SITE_URL": "https://me.example/blog",
        }
        self.handle = build(environ | settings, self.clock, None, mailer or self.post)

    def token(self) -> str:
        answer = self.handle(request("GET", "/api/contact/token"), None)
        token: str = answered(answer)[1]["token"]
        return token

    def send(self, ip: str = "192.0.2.7", **changes: str) -> tuple[int, Any]:
        """Send as contact.js does, a minute after the form was first touched."""
        fields = {"token": self.token()} | ADA | changes
        self.clock.now += 60
        return answered(self.handle(request("POST", "/api/contact", fields, ip=ip, **JSON), None))

    def submit(self, raw: bytes | None = None, **changes: str) -> dict[str, Any]:
        """Send as a browser without JavaScript does."""
        body = urlencode(ADA | changes).encode() if raw is None else raw
        answer: dict[str, Any] = self.handle(request("POST", "/api/contact", body, **FORM), None)
        return answer

    def messages(self) -> list[dict[str, Any]]:
        items = every(lambda event: self.handle(event, None), {"action": "messages.list"})
        return sorted(items, key=lambda item: item["received"])

    def states(self) -> list[str]:
        return [message["state"] for message in self.messages()]


JSON = {"accept": "application/json", "content_type": "application/json"}
FORM = {
    "accept": "text/html,application/xhtml+xml",
    "content_type": "application/x-www-form-urlencoded",
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(
    "example", [e for e in CONTRACT["examples"] if e["request"]], ids=lambda e: e["name"]
)
def test_contract(site: Site, example: dict[str, Any]) -> None:
    status, body = site.send(**{k: v for k, v in example["request"].items() if k != "token"})
    if "id" in body:
        assert re.fullmatch("[a-z2-7]{16}", body["id"])
        body["id"] = "<id>"
    assert (status, body) == (example["response"]["status"], example["response"]["body"])


def test_a_message_is_stored_and_mailed(site: Site) -> None:
    status, body = site.send()
    assert status == 200
    [message] = site.messages()
    assert message["id"] == body["id"]
    assert (message["state"], message["reasons"]) == ("sent", [])
    [mail] = site.post.mails
    assert (mail.subject, mail.reply_to) == ("Tides", "ada@example.org")
    assert "Ada <ada@example.org> wrote on 2026-11-24" in mail.text
    assert "https://me.example/blog/contact/" in mail.text
    assert "When is high water?" in mail.text


def test_without_javascript(site: Site) -> None:
    answer = site.submit()
    assert answer["statusCode"] == 303
    assert answer["headers"]["location"] == "https://me.example/contact/thanks/"
    assert site.states() == ["sent"]
    assert site.messages()[0]["reasons"] == ["no-token"]


def test_what_was_typed_survives_a_mistake(site: Site) -> None:
    typed = {"name": "<b>\"Ada'</b>", "email": "nowhere", "message": "\n</textarea><script>"}
    answer = site.submit(**typed)
    assert answer["statusCode"] == 422
    page = BeautifulSoup(answer["body"], "lxml")
    field = page.find("input", {"name": "email"})
    assert field["value"] == "nowhere"
    assert field["aria-invalid"] == "true"
    assert page.find(id=field["aria-describedby"]).text == "Please check this field."
    assert page.find("input", {"name": "name"})["value"] == typed["name"]
    assert page.find("textarea").text.strip() == "</textarea><script>"
    assert not page.find("script")
    assert page.find("form")["action"] == "/api/contact"
    assert page.find("a")["href"] == "https://me.example/contact/"
    again = {field["name"]: field.get("value", "") for field in page.select("input[name]")}
    again |= {"message": page.find("textarea").text, "email": "ada@example.org"}
    assert site.submit(urlencode(again).encode())["statusCode"] == 303
    assert site.messages()[0]["name"] == typed["name"]


def test_the_page_of_errors_may_use_its_own_style(site: Site) -> None:
    import base64
    import hashlib

    answer = site.submit(email="x")
    style = BeautifulSoup(answer["body"], "lxml").find("style").string
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer["headers"]["content-security-policy"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "missing"),
        ("name", " \t ", "missing"),
        ("name", "x" * 101, "too-long"),
        ("name", "Ada\nBcc: victim@example.org", "invalid"),
        ("subject", "Hi\r\nBcc: victim@example.org", "invalid"),
        ("subject", "Hi\u2028Bcc: victim@example.org", "invalid"),
        ("subject", "x" * 151, "too-long"),
        ("email", "", "missing"),
        ("email", "ada", "invalid"),
        ("email", "ada@localhost", "invalid"),
        ("email", "a@b@c.example", "invalid"),
        ("email", "ada@example.org, eve@example.org", "invalid"),
        ("email", "ada@example.org\nBcc: eve@example.org", "invalid"),
        ("email", "<ada@example.org>", "invalid"),
        ("email", f"{'x' * 250}@example.org", "too-long"),
        ("message", "", "missing"),
        ("message", "x" * 10_001, "too-long"),
    ],
)
def test_one_sentence_for_each_field(site: Site, field: str, value: str, code: str) -> None:
    status, body = site.send(**{field: value})
    assert status == 422
    assert {name: error["code"] for name, error in body["errors"].items()} == {field: code}
    assert site.messages() == []
    assert site.post.mails == []


def test_all_mistakes_at_once(site: Site) -> None:
    _, body = site.send(name="", email="", message="")
    assert set(body["errors"]) == {"name", "email", "message"}


@pytest.mark.parametrize("thanks", ["https://evil.example/", "//evil.example", "/\\evil", "x", ""])
def test_no_redirect_to_another_site(site: Site, thanks: str) -> None:
    location = site.submit(thanks=thanks)["headers"]["location"]
    assert location == "https://me.example/contact/thanks/"


@pytest.mark.parametrize("letter", ["a", "\n", "ж", "海", "🌊"])
def test_the_longest_message_fits_in_any_script(site: Site, letter: str) -> None:
    """A form's letters travel as `%E6%B5%B7`: up to twelve bytes for each."""
    longest = {field: letter * limit for field, limit in core.LIMITS.items()}
    if letter == "\n":
        longest |= {"name": "Ada", "subject": ""}
    longest["message"] = "x" + longest["message"][2:] + "x"
    assert site.submit(**longest | {"email": "ada@example.org"})["statusCode"] == 303
    assert site.messages()[0]["message"] == longest["message"]


def test_the_way_to_the_thanks_page_is_ascii(site: Site) -> None:
    """As every header must be (RFC 9110, 10.2.2, and RFC 3986, 2)."""
    location = site.submit(thanks="/blog/über-uns/?a=b%20c#d")["headers"]["location"]
    assert location == "https://me.example/blog/%C3%BCber-uns/?a=b%20c#d"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"name": ["a"]}', "application/json", 400),
        (b"[" * 9000, "application/json", 400),
        (b"a=1&" * 60, "application/x-www-form-urlencoded", 400),
        (b"x" * 140_000, "application/json", 413),
        (b"x" * 200_000, "application/x-www-form-urlencoded", 413),
        (b"--x", "multipart/form-data; boundary=x", 415),
        (b"", "application/json", 400),
        (b"", "", 422),
    ],
)
def test_what_is_no_message(site: Site, body: bytes, kind: str, status: int) -> None:
    event = request("POST", "/api/contact", body, accept="application/json", content_type=kind)
    assert site.handle(event, None)["statusCode"] == status
    assert site.messages() == []


def test_the_same_submission_is_one_message(site: Site) -> None:
    token = site.token()
    first = site.send(token=token)
    assert site.send(token=token) == first
    assert site.submit()["statusCode"] == site.submit()["statusCode"] == 303
    assert len(site.messages()) == 2
    assert len(site.post.mails) == 2


def test_a_page_of_before_and_one_of_now_send_the_same_message(site: Site) -> None:
    """A deploy between two tries, or a page from a cache, must not make two messages of one."""
    token = site.token()
    first = site.send(token=token, website="")
    assert site.send(token=token, extra="") == first
    # What the function of before made of these fields, so that it knows them after a deploy.
    form = core.Form("Ada", "a@b.example", "s", "m", "", "t", "/contact/", "/thanks/")
    assert core.submission_id(b"secret", form) == "ojqhilo4ss4mtzjn"
    assert len(site.messages()) == 1


def test_a_corrected_message_is_another_one(site: Site) -> None:
    token = site.token()
    site.send(token=token, message="When is low water? " * 4)
    site.send(token=token, message="When is low water? " * 4, subject="Low tides")
    assert site.states() == ["sent", "sent"]


# Spam


@pytest.mark.parametrize(
    ("changes", "reasons", "state"),
    [
        ({"extra": "x"}, ["honeypot"], "quarantined"),
        ({"website": "x"}, ["honeypot"], "quarantined"),  # as pages of before have it
        ({"website": "", "extra": ""}, [], "sent"),
        ({"token": ""}, ["no-token"], "sent"),
        ({"token": "Zm9yZ2Vk"}, ["forged-token"], "sent"),
        ({"token": "A" * 40}, ["forged-token"], "sent"),
        (
            {"token": "A" * 40, "message": "http://a http://b http://c"},
            ["links", "forged-token"],
            "quarantined",
        ),
        ({"message": "http://a http://b http://c"}, ["links"], "sent"),
        ({"message": "http://a www.b http://c " * 3}, ["many-links"], "quarantined"),
    ],
)
def test_suspicions(site: Site, changes: dict[str, str], reasons: list[str], state: str) -> None:
    status, body = site.send(**changes)
    assert (status, body["ok"]) == (200, True)  # nobody learns what was found
    [message] = site.messages()
    assert (message["reasons"], message["state"]) == (reasons, state)
    assert len(site.post.mails) == (state == "sent")


def test_fill_time(site: Site) -> None:
    token = site.token()
    site.clock.now -= 58  # two seconds, as `send` adds a minute
    site.send(token=token)
    assert (site.messages()[0]["reasons"], site.states()) == (["too-fast"], ["quarantined"])
    token = site.token()
    site.clock.now += 86_400
    site.send(token=token)
    assert site.messages()[1]["reasons"] == ["old-token"]


HOUR = NOW // 3600 * 3600


def from_many(site: Site, addresses: list[str], text: str = "From") -> list[int]:
    """Send one message from each address at the same moment; return the answers' statuses."""
    answers = []
    for i, ip in enumerate(addresses):
        fields = ADA | {"message": f"{text} {ip} {i} at {site.clock.now}"}
        ask = request("POST", "/api/contact", fields, ip=ip, **JSON)
        answers.append(answered(site.handle(ask, None))[0])
    return answers


def test_what_a_shared_address_may_do(site: Site) -> None:
    """Ten messages an hour at once, fifty more that wait for the next day, and nothing is lost."""
    site.clock.now = HOUR
    carrier = "192.0.2.7"
    assert from_many(site, [carrier] * 60) == [200] * 60
    assert site.states().count("sent") == 10
    waiting = [one for one in site.messages() if one["state"] == "pending"]
    assert len(waiting) == 50
    assert {tuple(one["reasons"]) for one in waiting} == {("no-token", "sender-limit")}
    assert {one["due"] for one in waiting} == {core.next_day(HOUR)}
    site.clock.now += 600
    ask = request("POST", "/api/contact", ADA, ip=carrier, **JSON)
    refused = site.handle(ask, None)
    assert answered(refused) == (429, {"ok": False, "error": "too-many"})
    assert refused["headers"]["retry-after"] == "3000"
    assert from_many(site, ["192.0.2.8", "198.51.100.1"]) == [200, 200]  # a neighbour, and another
    site.clock.now = HOUR + 3600
    assert from_many(site, [carrier]) == [200]
    site.clock.now = core.next_day(HOUR)
    site.handle({"schedule": "retry"}, None)
    assert set(site.states()) == {"sent"}


def test_one_address_cannot_shut_out_its_neighbours() -> None:
    one, many = core.IPV4
    assert one.hours == 1
    assert one.most * 24 < many.most  # what is refused of the one does not count for the many


def test_who_only_shares_a_network_with_a_flood_comes_before_it(site: Site) -> None:
    site.clock.now = HOUR
    from_many(site, [f"192.0.2.{i // 20}" for i in range(60)], "Flood")
    site.send(ip="192.0.2.200", message="From a neighbour")
    assert site.messages()[-1]["state"] == "pending"
    site.clock.now = core.next_day(HOUR)
    before = len(site.post.mails)
    site.handle({"schedule": "retry"}, None)
    texts = [mail.text for mail in site.post.mails[before:]]
    place = next(i for i, text in enumerate(texts) if "From a neighbour" in text)
    assert place < 15 < len(texts)


@pytest.mark.parametrize(
    ("addresses", "at_once", "taken"),
    [
        ([f"2001:db8:1:2:{i:x}::{i:x}" for i in range(1, 40)], 5, 30),
        ([f"2001:db8:1:{i:x}::1" for i in range(210)], 20, 200),
        ([f"2001:db8:1:{i << 8:x}::1" for i in range(203)] * 2, 40, 400),
        (["2001:0DB8:1:2::%eth0", *[f"2001:db8:1:2::{i}" for i in range(32)]], 5, 30),
        ([f"::ffff:192.0.2.{i % 2}" for i in range(14)], 14, 14),
    ],
    ids=["/64", "/56", "/48", "spelled otherwise", "IPv4 in IPv6"],
)
def test_one_household_is_one_sender_whichever_of_its_networks_it_uses(
    site: Site, addresses: list[str], at_once: int, taken: int
) -> None:
    site.clock.now = HOUR
    assert from_many(site, addresses) == [200] * taken + [429] * (len(addresses) - taken)
    assert site.states().count("sent") == at_once
    neighbours = ["2001:db8:2::1", "192.0.2.9", "::ffff:198.51.100.1", "no:address"]
    assert from_many(site, neighbours) == [200] * 4
    assert site.states().count("sent") == at_once + 4


def test_a_day_refuses_a_household_until_tomorrow(site: Site) -> None:
    site.clock.now = HOUR
    from_many(site, [f"2001:db8:1:{i:x}::1" for i in range(200)])
    ask = request("POST", "/api/contact", ADA, ip="2001:db8:1:ff::1", **JSON)
    refused = site.handle(ask, None)
    assert answered(refused)[1]["error"] == "too-many-today"
    assert refused["headers"]["retry-after"] == str(core.next_day(HOUR) - HOUR)
    site.clock.now = core.next_day(HOUR)
    assert from_many(site, ["2001:db8:1:ff::1"]) == [200]


def test_one_household_cannot_mute_the_form(tmp_path: Path) -> None:
    """Day after day it sends what it may, and every other reader's message is mailed at once."""
    site = Site(tmp_path, TIDEPOST_DAILY_MAIL="50")
    site.clock.now = core.next_day(HOUR)
    for day in range(3):
        site.handle({"schedule": "retry"}, None)
        # One of each /56, so that no narrower limit helps.
        from_many(site, [f"2001:db8:1:{i << 8:x}::1" for i in range(70)], f"Flood {day}")
        for i in range(10):
            site.send(ip=f"198.51.{i}.1", message=f"Reader {i} of day {day}")
            assert site.messages()[-1]["state"] == "sent"
        site.clock.now = core.next_day(int(site.clock.now))


def test_an_ipv4_address_is_the_same_sender_also_as_a_mapped_one() -> None:
    names = [core.networks(ip) for ip in ("192.0.2.7", "::ffff:192.0.2.7", "192.0.2.8")]
    assert names[0] == names[1] != names[2]
    assert names[0][1] == names[2][1]


def test_a_sender_cannot_choose_the_address_by_which_it_is_limited(tmp_path: Path) -> None:
    site = Site(tmp_path, TIDEPOST_EDGE_KEY="edge-secret")
    answers = []
    for i in range(core.IPV4[0].most + 1):
        forged = {
            "x_tidepost_edge": "edge-secret",
            "cloudfront_viewer_address": f"10.0.0.{i}:443",
            "x_forwarded_for": f"10.0.0.{i}, 192.0.2.7, 198.51.100.1",
        }
        ask = request("POST", "/api/contact", ADA | {"message": f"Number {i}"}, **forged, **JSON)
        answers.append(answered(site.handle(ask, None))[0])
    assert answers == [200] * core.IPV4[0].most + [429]


def test_the_same_text_from_another_is_suspicious(site: Site) -> None:
    text = "We offer excellent services for your website, write to us."
    site.send(message=text)
    site.send(message=text.upper() + "  ", email="other@example.org", ip="192.0.2.8")
    assert site.states() == ["sent", "quarantined"]
    assert site.messages()[1]["reasons"] == ["duplicate"]


def test_mails_beyond_a_days_number_wait_for_the_next_day(tmp_path: Path) -> None:
    site = Site(tmp_path, TIDEPOST_DAILY_MAIL="4")
    site.clock.now = core.next_day(NOW)
    for i in range(9):
        site.send(message=f"Number {i}", ip=f"192.0.{i}.1")
    assert site.states() == ["sent"] * 4 + ["pending"] * 5
    assert [one["reasons"] for one in site.messages()[4:]] == [["daily-limit"]] * 5
    site.handle({"schedule": "retry"}, None)
    assert site.states() == ["sent"] * 4 + ["pending"] * 5
    site.clock.now = core.next_day(int(site.clock.now))
    for _ in range(3):
        site.handle({"schedule": "retry"}, None)
    assert site.states() == ["sent"] * 6 + ["pending"] * 3  # half of the day, the oldest first
    site.send(message="Tomorrow", ip="198.51.100.1")
    assert site.states()[-1] == "sent"  # the other half is for those who write today
    for _ in range(2):
        site.clock.now = core.next_day(int(site.clock.now))
        site.handle({"schedule": "retry"}, None)
    assert set(site.states()) == {"sent"}


def test_only_so_many_messages_wait(tmp_path: Path) -> None:
    """They stay until they are mailed, so a flood of them would be paid for month after month."""
    site = Site(tmp_path, TIDEPOST_DAILY_MAIL="5")
    site.clock.now = core.next_day(NOW)
    flood = [f"192.{i}.0.1" for i in range(60)]
    assert from_many(site, flood) == [200] * 55 + [429] * 5
    assert site.states().count("pending") == 50
    ask = request("POST", "/api/contact", ADA, ip="198.51.100.1", **JSON)
    refused = site.handle(ask, None)
    assert answered(refused)[1]["error"] == "too-many-today"
    assert int(refused["headers"]["retry-after"]) <= 86_400
    site.clock.now = core.next_day(int(site.clock.now))
    site.handle({"schedule": "retry"}, None)
    assert site.send(ip="198.51.100.1")[0] == 200
    assert site.messages()[-1]["state"] == "sent"


def test_what_waits_and_is_refused_is_tried_again_like_any_other(tmp_path: Path) -> None:
    site = Site(tmp_path, TIDEPOST_DAILY_MAIL="5")
    for i in range(6):
        site.send(message=f"Number {i}", ip=f"192.0.{i}.1")
    site.clock.now = core.next_day(int(site.clock.now))
    site.post.outcome = Outcome("refused", "Throttling")
    assert site.handle({"schedule": "retry"}, None)["pending"] == 1
    site.post.outcome = Outcome("sent", "x")
    site.clock.now += 60
    assert site.handle({"schedule": "retry"}, None)["sent"] == 1
    assert site.states() == ["sent"] * 6


def test_the_same_message_sent_again_while_it_waits_stays_one(tmp_path: Path) -> None:
    site = Site(tmp_path, TIDEPOST_DAILY_MAIL="5")
    for i in range(6):
        site.send(message=f"Number {i}", ip=f"192.0.{i}.1")
    again = {"message": "The last one", "token": site.token(), "ip": "198.51.100.1"}
    assert site.send(**again) == site.send(**again)
    assert site.states() == ["sent"] * 5 + ["pending"] * 2
    waiting = site.messages()[-1]
    assert site.handle({"action": "messages.retry", "id": waiting["id"]}, None)["state"] == "sent"
    site.clock.now = core.next_day(int(site.clock.now))
    assert site.handle({"schedule": "retry"}, None)["sent"] == 1  # the other one


def test_the_owner_is_told_once_a_day_how_many_wait_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(tmp_path, TIDEPOST_DAILY_MAIL="30")
    site.clock.now = core.next_day(NOW)
    site.handle({"schedule": "retry"}, None)
    assert site.post.mails == []
    from_many(site, ["192.0.2.1"] * 9)
    from_many(site, [f"192.1.{i}.1" for i in range(30)])

    def told() -> list[Mail]:
        found = [mail for mail in site.post.mails if mail.name.startswith("waiting-")]
        site.post.mails.clear()
        return found

    capsys.readouterr()
    for _ in range(5):
        site.clock.now += 300
        site.handle({"schedule": "retry"}, None)
    [mail] = told()
    assert mail.subject == "Your contact form: 9 messages wait"
    assert re.findall(r"^ +(\d+)  .*\((.*)\)$", mail.text, re.MULTILINE) == [
        ("6", "daily-limit"),
        ("3", "sender-limit"),
    ]
    assert "publish.py messages list --state pending" in mail.text
    printed = capsys.readouterr().out
    assert _alarms(printed) == 1
    assert '"detail": "6 daily-limit, 3 sender-limit"' in printed
    # Another process, as Lambda has many; and on the next day everything has been mailed.
    other = Site(tmp_path, TIDEPOST_DAILY_MAIL="30")
    other.clock.now = site.clock.now
    other.handle({"schedule": "retry"}, None)
    assert other.post.mails == []
    site.clock.now = core.next_day(int(site.clock.now))
    site.handle({"schedule": "retry"}, None)
    assert told() == []
    assert set(site.states()) == {"sent"}


def test_what_waits_longer_is_told_each_day(tmp_path: Path) -> None:
    site = Site(tmp_path, TIDEPOST_DAILY_MAIL="2")
    for i in range(6):
        site.send(message=f"Number {i}", ip=f"192.0.{i}.1")
    subjects = []
    for _ in range(6):
        site.handle({"schedule": "retry"}, None)
        subjects += [mail.subject[19:] for mail in site.post.mails if not mail.reply_to]
        site.post.mails.clear()
        site.clock.now = core.next_day(int(site.clock.now))
    assert subjects == [f"{n} messages wait" for n in (4, 3, 2)] + ["1 message waits"]


def test_spam_takes_nothing_of_the_days_mails(tmp_path: Path) -> None:
    site = Site(tmp_path, TIDEPOST_DAILY_MAIL="1")
    for i in range(3):
        site.send(message=f"Number {i}", ip=f"192.0.2.{i}", website="x")
    site.send(message="A reader's", ip="192.0.2.9")
    assert site.states() == ["quarantined"] * 3 + ["sent"]


def test_only_so_much_spam_is_kept_of_a_day(tmp_path: Path) -> None:
    """From many networks it would be paid for each; and none of it takes a reader's place."""
    site = Site(tmp_path, TIDEPOST_DAILY_MAIL="2")
    site.clock.now = core.next_day(NOW)
    kept = [site.send(website="x", message=f"Buy {i}", ip=f"192.{i}.0.1")[0] for i in range(22)]
    assert kept == [200] * 20 + [429] * 2
    fields = ADA | {"website": "x", "message": "Buy more"}
    refused = site.handle(request("POST", "/api/contact", fields, ip="192.99.0.1", **JSON), None)
    assert answered(refused) == (429, {"ok": False, "error": "too-many-today"})
    assert refused["headers"]["retry-after"] == str(86_400 - 22 * 60)
    site.send(ip="198.51.100.1", message="A reader's")
    assert site.states() == ["quarantined"] * 20 + ["sent"]
    site.clock.now = core.next_day(int(site.clock.now))
    assert site.send(website="x", message="Buy tomorrow", ip="192.1.0.1")[0] == 200


def test_that_no_more_may_wait_is_counted_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that wait are read for it, which would be paid for at each message of a flood."""
    counted = []
    waits = SqliteStore.waits

    def count(store: SqliteStore) -> Mapping[str, int]:
        counted.append(store)
        return waits(store)

    monkeypatch.setattr(SqliteStore, "waits", count)
    site = Site(tmp_path, TIDEPOST_DAILY_MAIL="1")
    assert from_many(site, [f"192.{i}.0.1" for i in range(20)]) == [200] * 11 + [429] * 9
    assert len(counted) == 11
    site.clock.now += core.FULL_SECONDS
    assert from_many(site, ["198.51.100.1"] * 2) == [429] * 2
    assert len(counted) == 12


# Mail


@pytest.mark.parametrize(
    ("settings", "spam", "mailed"),
    [
        ({}, 30, None),
        ({"TIDEPOST_KEEP_QUARANTINE_DAYS": "0"}, None, None),
        ({"TIDEPOST_KEEP_QUARANTINE_DAYS": "7"}, 7, None),
        ({"TIDEPOST_KEEP_MESSAGES_DAYS": "10"}, 10, 10),
        ({"TIDEPOST_KEEP_MESSAGES_DAYS": "90"}, 30, 90),
    ],
)
def test_spam_is_forgotten_after_a_month(
    tmp_path: Path, settings: dict[str, str], spam: int | None, mailed: int | None
) -> None:
    site = Site(tmp_path, **settings)
    site.send()
    site.send(website="x", message="Buy it now")
    for day in (1, 6, 8, 11, 29, 31, 91):
        site.clock.now = NOW + day * 86_400 + 600
        # The file forgets when the next message comes.
        passing = site.send(name=f"Day {day}", message=f"Message of day {day}")[1]["id"]
        site.handle({"action": "messages.delete", "id": passing}, None)
        kept = [("sent", mailed), ("quarantined", spam)]
        assert site.states() == [state for state, days in kept if days is None or days >= day]


def test_many_are_deleted_at_once_but_none_that_the_owner_took_out_meanwhile(site: Site) -> None:
    spam = [site.send(website="x", message=f"Buy {i}")[1]["id"] for i in range(3)]
    kept = site.send()[1]["id"]
    assert site.handle({"action": "messages.retry", "id": spam[0]}, None)["state"] == "sent"
    many = {"action": "messages.delete", "ids": [*spam, kept, "none"], "state": "quarantined"}
    assert site.handle(many, None) == {"deleted": spam[1:]}
    assert {one["id"] for one in site.messages()} == {spam[0], kept}
    assert site.handle(many, None) == {"deleted": []}
    assert "malformed" in site.handle({"action": "messages.delete", "ids": [kept]}, None)["error"]


def test_one_that_cannot_be_mailed_does_not_keep_the_others_back(tmp_path: Path) -> None:
    class Choosy(Post):
        def send(self, mail: Mail) -> Outcome:
            if mail.subject == "Tides 1" and self.outcome.kind == "sent":
                raise SystemError("broken")
            return super().send(mail)

    post = Choosy()
    site = Site(tmp_path, post)
    post.outcome = Outcome("refused", "Throttling")
    for i in range(3):
        site.send(subject=f"Tides {i}", ip=f"192.0.2.{i}")
    site.clock.now += 3600
    post.outcome = Outcome("sent", "x")
    with pytest.raises(SystemError):  # as an alarm watches for it
        site.handle({"schedule": "retry"}, None)
    assert site.states() == ["sent", "sending", "sent"]
    busy = site.handle({"action": "messages.retry", "id": site.messages()[1]["id"]}, None)
    assert busy == {"error": "it is being mailed at this moment"}
    site.clock.now += core.LEASE
    assert site.handle({"schedule": "retry"}, None)["unsure"] == 1
    told = len(post.mails)
    site.clock.now += NOTICE_AFTER - 1
    site.handle({"schedule": "retry"}, None)
    assert len(post.mails) == told
    site.clock.now += 1
    site.handle({"schedule": "retry"}, None)
    assert "may not have reached you" in post.mails[-1].subject


def test_mail_is_left_for_later_where_time_is_short(site: Site) -> None:
    class Context:
        left = 8_000

        def get_remaining_time_in_millis(self) -> int:
            return self.left

    site.post.outcome = Outcome("refused", "Throttling")
    site.send()
    site.clock.now += 3600
    context = Context()
    tried = len(site.post.mails)
    site.handle({"schedule": "retry"}, context)
    assert len(site.post.mails) == tried
    context.left = 8_001
    site.handle({"schedule": "retry"}, context)
    assert len(site.post.mails) == tried + 1


def test_a_refused_mail_is_tried_again_with_growing_pauses(site: Site) -> None:
    site.post.outcome = Outcome("refused", "Throttling")
    assert site.send()[0] == 200
    assert site.states() == ["pending"]
    pauses, last = [], site.clock.now
    while len(pauses) < 12:
        site.clock.now += 30
        before = len(site.post.mails)
        site.handle({"schedule": "retry"}, None)
        if len(site.post.mails) > before:
            pauses.append(site.clock.now - last)
            last = site.clock.now
    assert pauses[:4] == [60, 120, 240, 480]
    assert max(pauses) == 6 * 3600
    assert site.messages()[0]["trouble"] == "Throttling"
    site.post.outcome = Outcome("sent", "mail-2")
    site.clock.now += 6 * 3600
    assert site.handle({"source": "aws.events"}, None)["sent"] == 1
    assert site.states() == ["sent"]
    count = len(site.post.mails)
    site.clock.now += 86_400
    site.handle({"schedule": "retry"}, None)
    assert len(site.post.mails) == count


def _alarms(printed: str) -> int:
    """How many lines the stack's metric filter counts (infra/site.yaml, UndeliveredFilter)."""
    lines = [json.loads(line) for line in printed.splitlines()]
    return sum(line.get("level") == "ERROR" for line in lines)


def test_a_passing_refusal_wakes_nobody_and_a_lasting_one_does(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.post.outcome = Outcome("refused", "MessageRejected")
    site.send()
    site.clock.now += 120
    site.handle({"schedule": "retry"}, None)
    assert _alarms(capsys.readouterr().out) == 0
    for _ in range(20):  # as long as it lasts, at each try
        site.clock.now += 6 * 3600
        site.handle({"schedule": "retry"}, None)
        assert _alarms(capsys.readouterr().out) == 1
    site.clock.now += core.GIVE_UP
    site.handle({"schedule": "retry"}, None)
    assert site.states() == ["failed"]
    assert _alarms(capsys.readouterr().out) == 1


def test_a_notice_that_cannot_be_sent_wakes_the_owner(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.post.outcome = Outcome("unsure", "ReadTimeoutError")
    site.send()
    assert _alarms(capsys.readouterr().out) == 0  # ten minutes later there is a notice
    site.clock.now += NOTICE_AFTER
    site.handle({"schedule": "retry"}, None)
    assert _alarms(capsys.readouterr().out) == 1


def test_after_two_weeks_it_is_left_to_the_owner(site: Site) -> None:
    site.post.outcome = Outcome("refused", "Throttling")
    site.send()
    site.clock.now += core.GIVE_UP + 1
    site.handle({"schedule": "retry"}, None)
    assert site.states() == ["failed"]
    site.post.outcome = Outcome("sent", "x")
    tried = len(site.post.mails)
    site.clock.now += 86_400
    site.handle({"schedule": "retry"}, None)
    assert len(site.post.mails) == tried
    shown = site.handle({"action": "messages.retry", "id": site.messages()[0]["id"]}, None)
    assert shown["state"] == "sent"


def test_a_lost_answer_is_not_mailed_again_but_the_owner_is_told(site: Site) -> None:
    site.post.outcome = Outcome("unsure", "ReadTimeoutError")
    assert site.send()[0] == 200
    assert site.states() == ["unsure"]
    for _ in range(60):
        site.clock.now += NOTICE_AFTER
        site.handle({"schedule": "retry"}, None)
    originals = [mail for mail in site.post.mails if mail.reply_to]
    notices = [mail for mail in site.post.mails if not mail.reply_to]
    assert len(originals) == 1
    assert len(notices) == MAX_NOTICES  # the notices' answers were lost, too
    assert "When is high water?" not in notices[0].text
    assert site.messages()[0]["id"] in notices[0].text


def test_one_notice_is_enough(site: Site) -> None:
    site.post.outcome = Outcome("unsure", "ReadTimeoutError")
    site.send()
    site.post.outcome = Outcome("sent", "x")
    for _ in range(5):
        site.clock.now += NOTICE_AFTER
        site.handle({"schedule": "retry"}, None)
    assert len(site.post.mails) == 2
    assert site.states() == ["unsure"]


def test_who_died_while_mailing_is_not_repeated(tmp_path: Path) -> None:
    class Dying:
        tried = 0

        def send(self, mail: Mail) -> Outcome:
            self.tried += 1
            raise SystemError("killed")

    mailer = Dying()
    site = Site(tmp_path, mailer)
    assert site.send()[0] == 200  # it is stored
    assert site.states() == ["sending"]
    site.clock.now += core.LEASE - 1
    site.handle({"schedule": "retry"}, None)
    assert site.states() == ["sending"]
    site.clock.now += 1
    site.handle({"schedule": "retry"}, None)
    assert site.states() == ["unsure"]
    assert mailer.tried == 1


def test_a_mailer_that_cannot_be_made_loses_nothing(tmp_path: Path) -> None:
    clock = Clock()
    handle = build({"TIDEPOST_STORE": f"sqlite:{tmp_path / 'c.sqlite'}"}, clock)
    event = request("POST", "/api/contact", ADA, **JSON)
    assert answered(handle(event, None))[0] == 200
    [message] = handle({"action": "messages.list"}, None)["items"]
    assert (message["state"], message["attempts"]) == ("pending", 0)


def test_the_owner_releases_from_quarantine_and_deletes(site: Site) -> None:
    site.send(website="x")
    [message] = site.messages()
    assert site.handle({"action": "messages.retry", "id": message["id"]}, None)["state"] == "sent"
    assert site.handle({"action": "messages.show", "id": message["id"]}, None)["name"] == "Ada"
    assert site.handle({"action": "messages.delete", "id": message["id"]}, None)["deleted"]
    assert "error" in site.handle({"action": "messages.show", "id": message["id"]}, None)
    assert "error" in site.handle({"action": "messages.show"}, None)
    assert "error" in site.handle({"action": "messages.burn"}, None)


# Strangers


@pytest.mark.parametrize("page", ["//evil.example/", "https://evil.example/", "/a\nBcc: x", "a"])
def test_the_mail_leads_to_no_other_site(site: Site, page: str) -> None:
    site.send(page=page)
    assert site.messages()[0]["page"] == ""
    assert "on https://me.example/blog:" in site.post.mails[0].text


def test_messages_are_listed_in_parts(site: Site) -> None:
    for i in range(3):
        site.send(message=f"Number {i}", ip=f"192.0.2.{i}")
    seen, sizes, after = list[str](), list[int](), ""
    while True:
        part = site.handle({"action": "messages.list", "limit": 2, "after": after}, None)
        seen += [item["id"] for item in part["items"]]
        sizes.append(len(part["items"]))
        if "next" not in part:
            break
        after = part["next"]
    assert (len(set(seen)), sizes) == (3, [2, 1])


def test_a_stage_in_front_of_the_path(site: Site) -> None:
    event = request("POST", "/prod/api/contact", ADA, **JSON)
    event["requestContext"]["stage"] = "prod"
    assert site.handle(event, None)["statusCode"] == 200


def test_a_stranger_is_never_the_owner(site: Site) -> None:
    site.send()
    event = request("POST", "/api/contact", ADA | {"action": "messages.list"}, **JSON)
    event |= {"action": "messages.list", "schedule": "retry"}
    answer = site.handle(event, None)
    assert set(answered(answer)[1]) == {"ok", "id"}


def test_the_recipient_is_never_the_callers_choice(site: Site) -> None:
    extra = {"to": "v@example.org", "recipient": "v@example.org", "bcc": "v@example.org"}
    site.send(**extra)
    assert "v@example.org" not in repr(site.post.mails)


def test_nothing_personal_in_logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Talkative:
        def send(self, mail: Mail) -> Outcome:
            raise ValueError(f"cannot send to {mail.reply_to}: {mail.text}")

    site = Site(tmp_path, Talkative())
    site.send()
    site.clock.now += 999
    site.handle({"schedule": "retry"}, None)
    site.submit(email="ada@@example")
    logged = capsys.readouterr().out
    assert "ValueError" in logged
    for personal in ("ada", "Ada", "high water", "192.0.2"):
        assert personal not in logged


def test_senders_addresses_are_not_stored_and_no_key_outlives_its_day(site: Site) -> None:
    """Who has the table and its backups could try all of IPv4 in hours, had they the day's salt."""
    site.send(ip="203.0.113.77")
    database = site.folder / "contact.sqlite"
    with contextlib.closing(sqlite3.connect(database)) as db:
        [[old]] = db.execute("SELECT salt FROM salts").fetchall()
        names = [name for (name,) in db.execute("SELECT key FROM hits")]
        [[secret]] = db.execute("SELECT secret FROM secret").fetchall()
    widths = core.networks("203.0.113.77")
    made = [core.sender_key(old, network, NOW // (w.hours * 3600)) for network, w in widths]
    assert set(made) <= set(names)
    assert not any(
        core.sender_key(secret, network, NOW // (w.hours * 3600)) in names for network, w in widths
    )
    site.clock.now += 86_400
    site.handle({"schedule": "retry"}, None)
    files = [file.read_bytes() for file in site.folder.iterdir()]
    assert not any(b"203.0.113" in file for file in files)
    assert not any(old in file for file in files)


def test_a_key_is_destroyed_although_the_mailer_cannot_be_made(tmp_path: Path) -> None:
    clock = Clock()
    settings = {
        "TIDEPOST_STORE": f"sqlite:{tmp_path / 'c.sqlite'}",
        "TIDEPOST_DAILY_MAIL": "1",
    }
    handle = build(settings, clock)
    for i in range(2):
        fields = ADA | {"message": f"Number {i}"}
        assert answered(handle(request("POST", "/api/contact", fields, **JSON), None))[0] == 200
    clock.now = core.next_day(NOW) + 60
    with pytest.raises(KeyError):
        handle({"schedule": "retry"}, None)
    with contextlib.closing(sqlite3.connect(tmp_path / "c.sqlite")) as db:
        assert db.execute("SELECT * FROM salts").fetchall() == []


def test_a_store_that_is_down_is_told_with_what_was_typed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise ConnectionError("ada@example.org")

    handle = build({}, Clock(), Broken(), Post())  # type: ignore[arg-type]
    answer = handle(request("POST", "/api/contact", urlencode(ADA).encode(), **FORM), None)
    assert answer["statusCode"] == 503
    page = BeautifulSoup(answer["body"], "lxml")
    assert page.find("textarea").text.strip() == ADA["message"]
    answer = handle(request("POST", "/api/contact", ADA, **JSON), None)
    assert answered(answer) == (503, {"ok": False, "error": "unavailable"})
    assert "ada@" not in capsys.readouterr().out


def test_origins(tmp_path: Path) -> None:
    site = Site(tmp_path, TIDEPOST_ALLOWED_ORIGINS="https://me.example")
    ask = request("OPTIONS", "/api/contact", origin="https://me.example")
    answer = site.handle(ask, None)
    assert answer["headers"]["access-control-allow-origin"] == "https://me.example"
    evil = request("POST", "/api/contact", ADA, origin="https://evil.example", **JSON)
    assert site.handle(evil, None)["statusCode"] == 403
    assert site.messages() == []


def test_the_page_of_errors_works_where_the_api_has_an_origin_of_its_own(tmp_path: Path) -> None:
    """What it sends comes from the API's own origin, and leads to a page of the site's."""
    site = Site(tmp_path, TIDEPOST_ALLOWED_ORIGINS="https://me.example")
    body = urlencode(ADA | {"email": "nowhere"}).encode()
    first = request("POST", "/api/contact", body, origin="https://me.example", **FORM)
    wrong = site.handle(first, None)
    assert wrong["statusCode"] == 422
    policy = wrong["headers"]["content-security-policy"]
    assert "form-action 'self' https://me.example;" in policy
    own = {"host": "api.example:444", "origin": "https://api.example:444"}
    second = request("POST", "/api/contact", urlencode(ADA).encode(), **own, **FORM)
    assert site.handle(second, None)["statusCode"] == 303
    assert site.states() == ["sent"]
    for origin in ("https://api.example", "https://api.example:444.evil.example", "null"):
        other = request("POST", "/api/contact", ADA, **own | {"origin": origin}, **JSON)
        assert site.handle(other, None)["statusCode"] == 403


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("GET", "/api/contact", 405),
        ("POST", "/api/contact/token", 405),
        ("GET", "/api/contact/else", 404),
        ("GET", "/api/contact/token", 200),
    ],
)
def test_routes(site: Site, method: str, url: str, status: int) -> None:
    assert site.handle(request(method, url), None)["statusCode"] == status


def test_the_outbox_has_real_mails(tmp_path: Path) -> None:
    from backend.contact.mailer import OutboxMailer

    outbox = tmp_path / "outbox"
    site = Site(tmp_path, OutboxMailer(outbox, "site@example.net", "owner@example.net"))
    site.send(name="Žofie", email="zofie@bücher.example", subject="Grüße 🌊 " + "lang " * 20)
    [file] = outbox.iterdir()
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert str(mail["subject"]) == ("Grüße 🌊 " + "lang " * 20).strip()
    assert mail["reply-to"] == "zofie@xn--bcher-kva.example"
    assert mail["to"] == "owner@example.net"
    assert "When is high water?" in mail.get_content()
