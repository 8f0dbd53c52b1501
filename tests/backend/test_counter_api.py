"""The counter's handler: what is counted, for whom, and what a stranger cannot do."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA as CRAWLERS

from backend.counter import core
from backend.counter.app import build
from backend.counter.store import day_of
from tests.support import aws_servers
from tests.support.events import FIREFOX, Clock, answered, request
from tests.support.tools import npm_package

CONTRACT = json.loads((Path(__file__).parents[1] / "contract/counter.json").read_text("utf-8"))


class Site:
    """A counter with pages, its clock and its file."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.clock = Clock()
        self.file = folder / "counter.sqlite"
        self.handle = build({"TIDEPOST_STORE": f"sqlite:{self.file}"} | settings, self.clock)
        self.handle({"action": "register", "paths": CONTRACT["pages"]}, None)
        self._views = 0

    def count(self, path: str = "/posts/hello/", view: str = "", **more: Any) -> dict[str, Any]:
        self._views += 1
        headers = more.pop("headers", {})
        ip = more.pop("ip", "192.0.2.7")
        body = {"path": path, "id": view or f"view-{self._views:04}", **more}
        answer: dict[str, Any] = self.handle(
            request("POST", "/api/count", body, ip=ip, **headers), None
        )
        return answer

    def numbers(self, path: str = "/posts/hello/") -> tuple[int, int]:
        _, body = answered(self.handle(request("GET", f"/api/count?path={path}"), None))
        return body["counts"][path]["views"], body["counts"][path]["visitors"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize("example", CONTRACT["examples"], ids=lambda e: e["name"])
def test_contract(site: Site, example: dict[str, Any]) -> None:
    asked = example["request"]
    body = asked.get("body")
    if body:
        body = {**body, "id": "0123456789abc"}
    answer = site.handle(request(asked["method"], asked["url"], body), None)
    assert answered(answer) == (example["response"]["status"], example["response"]["body"])


def test_two_views_are_one_apart(site: Site) -> None:
    first = answered(site.count())[1]["counts"]["/posts/hello/"]["views"]
    second = answered(site.count())[1]["counts"]["/posts/hello/"]["views"]
    assert second == first + 1


def test_a_repeat_counts_once_and_has_the_same_answer(site: Site) -> None:
    assert site.count(view="same-view") == site.count(view="same-view")
    assert site.numbers() == (1, 1)


@pytest.mark.parametrize("later", [61, 120, 3600])
def test_a_view_that_comes_again_later_counts_neither_view_nor_visitor(
    site: Site, later: int
) -> None:
    site.count(view="same-view", site=True)
    site.clock.now += later
    body = answered(site.count(view="same-view", site=True))[1]
    assert (body["counted"], body["reason"]) == (False, "repeat")
    assert body["site"] == {"views": 1, "visitors": 1}
    assert site.numbers() == (1, 1)


def test_one_visitor_has_fifty_views_of_a_page_in_a_day(site: Site) -> None:
    answers = [answered(site.count())[1] for _ in range(52)]
    assert [answer["counted"] for answer in answers] == [True] * 50 + [False] * 2
    assert answers[-1]["reason"] == "often"
    assert answers[-1]["counts"]["/posts/hello/"] == {"views": 50, "visitors": 1}
    site.count("/")  # another page, and another reader
    site.count(ip="192.0.2.8")
    assert site.numbers("/") == (1, 1)
    assert site.numbers() == (51, 2)
    site.clock.now += 86_400
    site.count()
    assert site.numbers() == (52, 3)


def test_where_two_views_must_be_one_apart_there_is_no_ceiling(tmp_path: Path) -> None:
    site = Site(tmp_path, TIDEPOST_MOST_VIEWS="0")
    numbers = [answered(site.count())[1]["counts"]["/posts/hello/"]["views"] for _ in range(60)]
    assert numbers == list(range(1, 61))


def test_a_request_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """And made again by the browser, which counts it once."""
    from backend.counter.store_sqlite import SqliteStore

    site = Site(tmp_path)

    class Slow(SqliteStore):
        wait = 0.8

        def pages(self, paths: Any) -> Any:
            site.clock.now += self.wait
            return super().pages(paths)

        def visit(self, *given: Any) -> Any:
            site.clock.now += self.wait
            return super().visit(*given)

    slow = Slow(site.file)
    handle = build({}, site.clock, slow)
    ask = request("POST", "/api/count", {"path": "/posts/hello/", "id": "12345678"})
    answer = handle(ask, None)
    assert answered(answer) == (503, {"error": "busy"})
    assert answer["headers"]["retry-after"] == "2"
    assert site.numbers() == (0, 0)
    slow.wait = 0
    assert answered(handle(ask, None))[1]["counted"]
    assert site.numbers() == (1, 1)


@pytest.mark.parametrize(
    "spelling",
    ["/posts/hello", "/posts/hello/?x=1#y", "/posts//hello/index.html", "/posts/hell%6f/"],
)
def test_all_spellings_are_one_page(site: Site, spelling: str) -> None:
    assert answered(site.count(spelling))[1]["counts"][spelling]["views"] == 1
    assert site.numbers() == (1, 1)


def test_reloads_inside_the_window_do_not_count(site: Site) -> None:
    site.count()
    site.clock.now += 29 * 60
    assert answered(site.count(reload=30))[1]["reason"] == "reload"
    assert site.numbers() == (1, 1)
    site.clock.now += 2 * 60
    assert answered(site.count(reload=30))[1]["counted"]
    site.count()  # really opened again
    assert site.numbers() == (3, 1)


def test_a_reload_that_is_repeated_counts_once(site: Site) -> None:
    site.count(view="reload-1", reload=30)
    assert answered(site.count(view="reload-1", reload=30))[1]["counted"]
    assert site.numbers() == (1, 1)


def test_another_readers_reload_is_not_mine(site: Site) -> None:
    site.count(ip="192.0.2.1")
    assert answered(site.count(ip="192.0.2.2", reload=30))[1]["counted"]
    assert site.numbers() == (2, 2)


def test_visitors_are_unique_by_day_page_and_site(site: Site) -> None:
    for ip in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
        site.count(ip=ip)
        site.count("/", ip=ip)
    assert site.numbers() == (3, 2)
    _, body = answered(site.handle(request("GET", "/api/count?site=1"), None))
    assert body["site"] == {"views": 6, "visitors": 2}
    site.clock.now += 86_400
    site.count(ip="192.0.2.1")
    assert site.numbers() == (4, 3)


def test_a_household_is_one_visitor_by_its_ipv6_network(site: Site) -> None:
    for ip in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "::ffff:192.0.2.1"):
        site.count(ip=ip)
    site.count(ip="192.0.2.1")
    assert site.numbers() == (5, 3)


def test_no_address_and_no_old_salt_is_kept(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.count(ip="203.0.113.77")
    with sqlite3.connect(site.file) as db:
        [old] = db.execute("SELECT salt FROM salts").fetchone()
    site.clock.now += 86_400
    site.count(ip="203.0.113.77")
    site.handle({"schedule": "maintain"}, None)
    files = [file.read_bytes() for file in site.file.parent.iterdir()]
    assert not any(b"203.0.113" in file or b"Firefox" in file for file in files)
    assert not any(old in file for file in files)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"user_agent": ""}, "no-agent"),
        ({"user_agent": FIREFOX + " HeadlessChrome/140"}, "headless"),
        (
            {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://google.com/bot.html)"},
            "crawler",
        ),
        ({"user_agent": "curl/8.5.0"}, "library"),
        ({"user_agent": "python-requests/2.32"}, "library"),
        ({"sec_purpose": "prefetch;prerender"}, "prefetch"),
    ],
)
def test_bots_are_tallied_apart_with_the_reason(
    site: Site, headers: dict[str, str], reason: str
) -> None:
    assert answered(site.count(headers=headers))[1]["reason"] == "bot"
    assert site.numbers() == (0, 0)
    pages = site.handle({"action": "stats"}, None)["pages"]
    [page] = [page for page in pages if page["path"] == "/posts/hello/"]
    assert (page["bots"], page["reasons"]) == (1, {reason: 1})
    assert page["days"][day_of(site.clock.now)[:4] + "-11-24"] == [0, 0, 1]


def test_crawlers_known_to_others_are_known_here() -> None:
    """Against the list that the crawler-user-agents project keeps."""
    agents = [agent for entry in CRAWLERS for agent in entry.get("instances", [])]
    missed = [agent for agent in agents if not core.bot_reason({"user-agent": agent}, False)]
    assert len(agents) > 1000
    assert len(missed) / len(agents) <= 0.01


@pytest.mark.network
def test_of_ten_thousand_readers_one_at_most_is_taken_for_a_crawler() -> None:
    """Against the browsers of real traffic, as often as they come, that `user-agents` lists."""
    file = npm_package("user-agents", "2.1.198") / "dist/user-agents.json"
    agents = [entry["userAgent"] for entry in json.loads(file.read_text("utf-8"))]
    mistaken = [agent for agent in agents if core.bot_reason({"user-agent": agent}, False)]
    assert len(agents) >= 10_000
    assert any("@" in agent for agent in agents)
    assert len(mistaken) * 10_000 <= len(agents), mistaken


@pytest.mark.parametrize(
    "agent",
    [
        FIREFOX,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
        " Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
        " Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 15; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko)"
        " Chrome/140.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        " Version/18.5 Safari/605.1.15",
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko)"
        " SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
        " Gecko) Version/18.4 Mobile/15E148 Safari/605.1.15 (Ecosia ios@11.0.2.2268)",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
        " Gecko) Version/26.6 Mobile/15E148 Safari/604.1 Brave",
        '"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_12_6) AppleWebKit/537.36 (KHTML, like Gecko)'
        ' Chrome/65.0.3312.0 Safari/537.36"',
    ],
)
def test_readers_are_not_taken_for_bots(agent: str) -> None:
    assert core.bot_reason({"user-agent": agent}, False) == ""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 9000, 400),
        (b"x" * 20_000, 413),
        (b'{"path": "/posts/hello/"}', 400),
        (b'{"path": "/posts/hello/", "id": "short"}', 400),
        (b'{"path": "/posts/hello/", "id": "with space"}', 400),
        (b'{"path": 7, "id": "12345678"}', 400),
        (b'{"path": "*", "id": "12345678"}', 400),
        (b'{"path": "/../posts/hello/", "id": "12345678"}', 400),
        (b'{"path": "/\\ud800/", "id": "12345678"}', 400),
        (b'{"path": "/posts/hello/", "id": "12345678", "reload": -1}', 400),
        (b'{"path": "/posts/hello/", "id": "12345678", "reload": true}', 400),
        (b'{"path": "/posts/hello/", "id": "12345678", "read": "/a/"}', 400),
        (b'{"path": "/nope/", "id": "12345678"}', 404),
    ],
)
def test_refused_requests_leave_no_trace(site: Site, body: bytes, status: int) -> None:
    assert site.handle(request("POST", "/api/count", body), None)["statusCode"] == status
    with sqlite3.connect(site.file) as db:
        assert db.execute("SELECT sum(views + visitors + bots) FROM pages").fetchone() == (0,)
        for table in ("visits", "seen", "days"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_at_most_a_hundred_paths_in_one_request(site: Site) -> None:
    many = "&".join(f"path=/p{i}/" for i in range(101))
    assert site.handle(request("GET", f"/api/count?{many}"), None)["statusCode"] == 400
    assert (
        site.handle(request("GET", "/api/count?" + many[: many.rindex("&")]), None)["statusCode"]
        == 200
    )
    assert site.count(read=[f"/p{i}/" for i in range(101)])["statusCode"] == 400


def test_routes(site: Site) -> None:
    def status(method: str, url: str) -> int:
        answer: int = site.handle(request(method, url), None)["statusCode"]
        return answer

    assert status("GET", "/api/health") == 200
    assert status("GET", "/api/elsewhere") == 404
    assert status("DELETE", "/api/count") == 405
    assert status("GET", "/api/count") == 400
    event = request("GET", "/test/api/health")
    event["requestContext"]["stage"] = "test"
    assert site.handle(event, None)["statusCode"] == 200


def test_origins(tmp_path: Path) -> None:
    site = Site(tmp_path, TIDEPOST_ALLOWED_ORIGINS="https://me.example, https://www.me.example")
    good = site.count(headers={"origin": "https://www.me.example"})
    assert good["headers"]["access-control-allow-origin"] == "https://www.me.example"
    assert good["headers"]["vary"] == "Origin"
    bad = site.count(headers={"origin": "https://evil.example"})
    assert bad["statusCode"] == 403
    assert "access-control-allow-origin" not in bad["headers"]
    question = request("OPTIONS", "/api/count", origin="https://me.example")
    answer = site.handle(question, None)
    assert answer["statusCode"] == 204
    assert answer["headers"]["access-control-allow-origin"] == "https://me.example"
    assert "POST" in answer["headers"]["access-control-allow-methods"]
    assert site.numbers() == (1, 1)


def test_forwarded_addresses_are_believed_from_the_cdn_only(tmp_path: Path) -> None:
    site = Site(tmp_path, TIDEPOST_EDGE_KEY="edge-secret")
    edge = {"x_tidepost_edge": "edge-secret"}
    cdn = "198.51.100.1"  # what the API sees, whoever the reader is
    for reader in ("192.0.2.1", "spoofed, 192.0.2.2", "2001:db8::5"):
        site.count(ip=cdn, headers=edge | {"x_forwarded_for": f"{reader}, {cdn}"})
    assert site.numbers() == (3, 3)
    for i in range(2):  # the reader's own words, since no policy has CloudFront write them
        more = {"cloudfront_viewer_address": f"10.0.0.{i}:1"}
        site.count(ip=cdn, headers=edge | more | {"x_forwarded_for": f"2001:db8::5, {cdn}"})
    assert site.numbers() == (5, 3)
    for i in range(3):  # all from one address, whatever they pretend
        site.count(ip="203.0.113.9", headers={"x_forwarded_for": f"192.0.2.{i}0, 198.51.100.1"})
        forged = {"x_tidepost_edge": f"guess{i}\ud800", "x_forwarded_for": f"10.0.0.{i}, 10.0.0.9"}
        site.count(ip="203.0.113.9", headers=forged)
    assert site.numbers() == (11, 4)


def test_a_stranger_is_never_the_owner(site: Site) -> None:
    """Whatever a request carries, an event of the HTTP API is not read as an owner's."""
    event = request("POST", "/api/count", {"action": "register", "paths": ["/evil/"]})
    event |= {"action": "register", "paths": ["/evil/"], "schedule": "maintain"}
    assert site.handle(event, None)["statusCode"] == 400
    assert site.count("/evil/")["statusCode"] == 404


def test_an_empty_release_is_refused(site: Site) -> None:
    assert "error" in site.handle({"action": "register", "paths": []}, None)
    assert site.count()["statusCode"] == 200
    assert "error" in site.handle({"action": "register", "paths": ["no-slash"]}, None)
    assert "error" in site.handle({"action": "register"}, None)
    assert "error" in site.handle({"action": "drop"}, None)


def test_stats_in_pages(site: Site) -> None:
    site.count()
    paths, after = [], ""
    while True:
        answer = site.handle({"action": "stats", "after": after, "limit": 2}, None)
        paths += [page["path"] for page in answer["pages"]]
        if "next" not in answer:
            break
        after = answer["next"]
    assert paths == sorted(["*", *CONTRACT["pages"]])


class Broken:
    """A store that is out of order, and says so with an address in its text."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*args: object) -> None:
            raise ConnectionError("no answer for 203.0.113.77")

        return fail


def test_a_broken_store_is_a_plain_503(capsys: pytest.CaptureFixture[str]) -> None:
    handle = build({}, Clock(), Broken())  # type: ignore[arg-type]
    answer = handle(request("POST", "/api/count", {"path": "/a/", "id": "12345678"}), None)
    assert answered(answer) == (503, {"error": "unavailable"})
    assert json.loads(capsys.readouterr().out) == {"level": "ERROR", "error": "ConnectionError"}


def test_views_that_a_table_refuses_are_answered_at_once(
    dynalite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a hot item throttles, no request holds an execution for longer than it must."""
    waits: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=waits.append))
    with contextlib.closing(aws_servers.FaultProxy(dynalite, refuse=1.0)) as proxy:
        settings = {"TIDEPOST_TABLE": "hot", "TIDEPOST_DYNAMODB_ENDPOINT": proxy.address}
        handle = build(settings | {"AWS_REGION": "eu-west-1"}, Clock())
        ask = request("POST", "/api/count", {"path": "/", "id": "view-12345678"})
        handle(ask, None)  # makes the client
        waits.clear()
        answers = [handle(ask, None)["statusCode"] for _ in range(5)]
        assert answers == [503] * 5
        assert 0 < sum(waits) < 5 * 0.3
