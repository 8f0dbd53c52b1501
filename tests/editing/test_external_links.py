"""Links to other sites, asked of real servers on this machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from generator import __version__
from generator.adapters.link_checker import Asker, Book, _Host, _plain
from generator.checks.external_links import Answer, Place, fragment_counts, has_place, judge, to_ask
from generator.config.settings import ExternalSettings
from tests.editing.conftest import Done, Tidepost
from tests.editing.other_sites import OtherSite, Request, other_site
from tests.support.sites import ENVIRONMENT, PROJECT, command, post, write
from tests.support.tools import free_port, wait_until

POST = "content/posts/2024-03-01-links.md"
QUICK = "external: {delay: 0, timeout: 60}\n"


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherSite]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with other_site() as running:
        yield running


def links(site: Path, *urls: str, settings: str = QUICK) -> None:
    """Write a post with a link on each line from 6 on."""
    body = "\n".join(f"[link {number}](<{url}>)" for number, url in enumerate(urls))
    write(site, {POST: post("description: Links.", body, title="Links")})
    text = (site / "site.yaml").read_text().partition("external:")[0]
    off = "link-local: off"  # the other sites of these tests lie on this machine
    settings = settings if "checks: {" in settings else f"{settings}checks: {{}}\n"
    settings = settings.replace("checks: {", f"checks: {{{off}, ").replace(", }", "}")
    (site / "site.yaml").write_text(text + settings)


def told(done: Done) -> list[str]:
    """Return what was told of outside links: line, code and message."""
    return [
        line.partition(":")[2].replace(": warning:", ":").replace(": note:", ":")
        for line in done.err.splitlines()
        if ": outside-" in line
    ]


def hints(done: Done) -> set[str]:
    """Return the ways out that were reported."""
    return {line.strip() for line in done.err.splitlines() if line.startswith("    ")}


def test_every_kind_of_answer(site: Path, tidepost: Tidepost, other: OtherSite) -> None:
    closed = f"http://127.0.0.1:{free_port()}/"
    hops = iter(range(1000))
    other.pages = {
        "/ok": lambda r: r.answer(200),
        "/broken": lambda r: r.answer(500),
        "/gone": lambda r: r.answer(410),
        "/forbidden": lambda r: r.answer(403),
        "/hangs-up": lambda r: r.hang_up(),
        "/loop": lambda r: r.answer(302, Location="/loop2"),
        "/loop2": lambda r: r.answer(302, Location="/loop"),
        "/endless": lambda r: r.answer(302, Location=f"/endless?{next(hops)}"),
        "/old": lambda r: r.answer(301, Location="/older"),
        "/older": lambda r: r.answer(308, Location="/ok"),
        "/for-now": lambda r: r.answer(302, Location="/ok"),
        "/to-nothing": lambda r: r.answer(301, Location="/not-there"),
        "/no-head": lambda r: r.answer(405 if r.method == "HEAD" else 200),
        "/head-404": lambda r: r.answer(404 if r.method == "HEAD" else 200),
        "/head-501": lambda r: r.answer(501 if r.method == "HEAD" else 200),
        "/mail": lambda r: r.answer(302, Location="mailto:a@example.org"),
    }
    for count in range(1000):
        other.pages[f"/endless?{count}"] = other.pages["/endless"]
    names = ["ok", "missing", "broken", "gone", "forbidden", "hangs-up", "loop", "endless",
             "old", "for-now", "to-nothing", "no-head", "head-404", "head-501", "mail"]  # fmt: skip
    links(site, *(f"{other.url}/{name}" for name in names), closed)
    done = tidepost("check", "--external")
    assert done.code == 0
    assert [each.replace(other.url, "") for each in told(done)] == [
        "6: outside-dead: `/missing`: there is no such page (404)",
        "7: outside-failed: `/broken`: its server has an error (500)",
        "8: outside-dead: `/gone`: it is gone (410)",
        "9: outside-refused: `/forbidden`: it does not answer programs (403)",
        "10: outside-failed: `/hangs-up`: the connection broke before it answered",
        "11: outside-dead: `/loop`: its redirects lead in a circle",
        "12: outside-dead: `/endless`: more than 10 redirects",
        "13: outside-moved: `/old` has moved for good",
        "15: outside-dead: `/to-nothing`: there is no such page (404)",
        "19: outside-refused: `/mail`: it leads to mailto:a@example.org",
        f"20: outside-failed: `{closed}`: its host does not take the connection",
    ]
    assert hints(done) == {
        "link to another page, or to a copy of it in an archive; or take the link out",
        "it is asked again next time",
        "look at it in a browser; `external: skip:` in site.yaml leaves it out",
        f"write {other.url}/ok",
    }
    assert "and 16 links to other sites, of which 16 were asked for now: no errors." in done.out
    assert {"GET /no-head", "GET /head-404", "GET /head-501"} <= set(other.said())
    assert "GET /ok" not in other.said()
    assert {request.agent for request in other.asked} == {
        f"Tidepost/{__version__} (checks the links of https://example.org)"
    }


def test_a_page_that_takes_longer_than_the_settings_allow(
    site: Path, tidepost: Tidepost, other: OtherSite
) -> None:
    given_up = threading.Event()
    other.pages["/slow"] = lambda _: given_up.wait(60)
    links(site, f"{other.url}/slow", settings="external: {delay: 0, timeout: 0.5}\n")
    assert told(tidepost("check", "--external")) == [
        f"5: outside-failed: `{other.url}/slow`: it did not answer in time"
    ]
    given_up.set()


def test_nobody_is_asked_without_being_told_to(
    site: Path, tidepost: Tidepost, other: OtherSite
) -> None:
    links(site, f"{other.url}/missing")
    assert tidepost("check").err == ""
    assert (other.asked, other.robots) == ([], [])


def test_only_what_is_new_or_old_is_asked_again(
    site: Path, tidepost: Tidepost, other: OtherSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.pages = {"/ok": lambda r: r.answer(200), "/broken": lambda r: r.answer(500)}
    links(site, f"{other.url}/ok", f"{other.url}/gone", f"{other.url}/broken")
    first = told(tidepost("check", "--external"))
    other.forget()
    assert told(tidepost("check", "--external")) == first
    assert other.said() == ["GET /broken", "HEAD /broken"]  # no answer is no knowledge
    assert other.robots == []
    other.forget()
    links(site, f"{other.url}/ok", f"{other.url}/gone", f"{other.url}/new")
    tidepost("check", "--external")
    assert other.said() == ["GET /new", "HEAD /new"]
    other.forget()
    now = int(ENVIRONMENT["SOURCE_DATE_EPOCH"])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(now + 2 * 86400))
    tidepost("check", "--external")
    assert other.said() == ["GET /gone", "GET /new", "HEAD /gone", "HEAD /new"]
    other.forget()
    tidepost("check", "--external", "--fresh")
    assert "HEAD /ok" in other.said()
    other.forget()
    (site / ".tidepost/cache/links.json").write_text("{damaged")
    tidepost("check", "--external")
    assert "HEAD /ok" in other.said()


def test_places_on_pages(site: Path, tidepost: Tidepost, other: OtherSite) -> None:
    page = "<h2 id=\"there\">x</h2><a name=named></a><p id='user-content-github'>"
    other.pages = {
        "/page": lambda r: r.answer(200, page),
        "/text": lambda r: r.answer(200, "plain", Content_Type="text/plain"),
        "/big": lambda r: r.answer(200, "x" * 2_100_000),
        "/moved": lambda r: r.answer(301, Location="/page"),
    }
    names = ["page#there", "page#named", "page#github", "page#lost", "page#:~:text=x", "page#L12",
             "text#lost", "big#lost", "moved#there"]  # fmt: skip
    links(site, *(f"{other.url}/{name}" for name in names))
    done = tidepost("check", "--external")
    assert [each.replace(other.url, "") for each in told(done)] == [
        "8: outside-fragment: `/page#lost`: the page has no place `#lost`",
        "13: outside-moved: `/moved#there` has moved for good",
    ]
    assert hints(done) == {
        "leave out what follows the `#`, or look for its new name",
        f"write {other.url}/page#there",
    }
    assert other.said() == ["GET /big", "GET /moved", "GET /page", "GET /page", "GET /text"]
    other.forget()
    links(site, f"{other.url}/page#there", f"{other.url}/page#another")
    assert len(told(tidepost("check", "--external"))) == 1
    assert other.said() == ["GET /page"]


def test_robots_are_told_what_not_to_ask(site: Path, tidepost: Tidepost, other: OtherSite) -> None:
    other.pages = {
        "/robots.txt": lambda r: r.answer(200, "User-agent: *\nDisallow: /private\n"),
        "/private/a": lambda r: r.answer(200),
        "/public": lambda r: r.answer(200),
    }
    links(site, f"{other.url}/private/a", f"{other.url}/public")
    assert told(tidepost("check", "--external"))[0].startswith(
        f"5: outside-refused: `{other.url}/private/a`: its robots.txt does not let programs ask"
    )
    assert other.said() == ["HEAD /public"]
    assert len(other.robots) == 1


def test_a_host_is_not_pressed(
    site: Path, tidepost: Tidepost, other: OtherSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[float] = []
    wait_for_turn = _Host.wait_for_turn

    class Noting(threading.Event):
        """Waits for no turn, and notes how long it would have been waited for."""

        def wait(self, timeout: float | None = None) -> bool:
            turns.append(timeout or 0.0)
            return self.is_set()

    def slow(request: Request) -> None:
        time.sleep(0.05)
        request.answer(200)

    # Every turn is asked for at the same moment, however busy this machine is.
    monkeypatch.setattr(
        "generator.adapters.link_checker.time", SimpleNamespace(monotonic=lambda: 100.0)
    )
    monkeypatch.setattr(_Host, "wait_for_turn", lambda host, _: wait_for_turn(host, Noting()))
    paths = [f"/{number}" for number in range(8)]
    other.pages = dict.fromkeys(paths, slow)
    links(site, *(other.url + path for path in paths), settings="external: {delay: 0.1}\n")
    tidepost("check", "--external")
    assert len(other.asked) == 8
    assert other.most_at_once <= 2
    assert sorted(turns) == pytest.approx([number * 0.1 for number in range(8)])


def test_many_hosts_are_asked_at_once(site: Path, tidepost: Tidepost, other: OtherSite) -> None:
    together = threading.Barrier(3)

    def slow(request: Request) -> None:
        together.wait(60)  # none is answered before all have been asked
        request.answer(200)

    other.pages["/"] = slow
    with other_site() as second, other_site() as third:
        second.pages["/"] = third.pages["/"] = slow
        addresses = (f"{each.url}/" for each in (other, second, third))
        links(site, *addresses, settings="external: {timeout: 120}\n")
        tidepost("check", "--external")
        assert [len(each.asked) for each in (other, second, third)] == [1, 1, 1]
    assert not together.broken


def test_a_host_that_asks_for_a_pause_gets_it(
    site: Path, tidepost: Tidepost, other: OtherSite
) -> None:
    def busy(request: Request) -> None:
        first = sum(each.path == "/busy" for each in other.asked) == 1
        request.answer(429 if first else 200, **({"Retry_After": "1"} if first else {}))

    other.pages = {"/busy": busy, "/later": lambda r: r.answer(503, Retry_After="3600")}
    links(
        site,
        f"{other.url}/busy",
        f"{other.url}/later",
        settings="external: {per_host: 1, delay: 0}\n",
    )
    assert told(tidepost("check", "--external")) == [
        f"6: outside-failed: `{other.url}/later`: it asks to come back in 3600 s"
    ]
    times = [request.at for request in other.asked if request.path == "/busy"]
    assert len(times) == 2
    assert times[1] - times[0] >= 0.9
    assert other.said().count("HEAD /later") == 1


def test_levels_and_what_is_left_out(site: Path, tidepost: Tidepost, other: OtherSite) -> None:
    settings = f"external: {{skip: ['{other.url}/left']}}\nchecks: {{outside-dead: error}}\n"
    links(site, f"{other.url}/left/out", f"{other.url}/dead", settings=settings)
    done = tidepost("check", "--external", "--json")
    assert done.code == 1
    answer = json.loads(done.out)
    assert answer["outside"] == {"links": 1, "asked": 1}
    assert [(each["path"], each["line"], each["severity"], each["code"])
            for each in answer["problems"]] == [(POST, 6, "error", "outside-dead")]  # fmt: skip
    assert other.said() == ["GET /dead", "HEAD /dead"]


def test_links_of_templates_and_settings_are_found_where_they_stand(
    site: Path, tidepost: Tidepost, other: OtherSite
) -> None:
    links(site, f"{other.url}/a")
    base = site / "templates/base.html"
    base.write_text(
        base.read_text().replace("</body>", f'<a href="{other.url}/t?a=1&amp;b=2">t</a></body>')
    )
    done = tidepost("check", "--external")
    line = next(n for n, text in enumerate(base.read_text().splitlines(), 1) if other.url in text)
    assert f"templates/base.html:{line}: warning: outside-dead: `{other.url}/t?a=1&b=2`" in done.err
    assert done.err.count("outside-dead") == 2


def test_an_interrupted_run_keeps_what_it_has(site: Path, other: OtherSite) -> None:
    ended = threading.Event()
    other.pages = {"/ok": lambda r: r.answer(200), "/slow": lambda r: ended.wait(300)}
    links(site, f"{other.url}/ok", f"{other.url}/slow",
          settings="external: {delay: 0, timeout: 240, per_host: 1}\n")  # fmt: skip
    # What a shell starts in the background ignores the signal, and so would its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(
        [sys.executable, str(PROJECT / "publish.py"), "check", "--external", "--site", str(site)],
        env={**os.environ, **ENVIRONMENT},
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    wait_until(lambda: "HEAD /slow" in other.said())
    running.send_signal(signal.SIGINT)
    try:
        _, said = running.communicate(timeout=180)  # before /slow has been given up
    finally:
        ended.set()
    assert running.returncode == 130
    assert "Traceback" not in said
    book = json.loads((site / ".tidepost/cache/links.json").read_text())
    assert list(book["answers"]) == [f"{other.url}/ok"]


@pytest.mark.parametrize("secure", [False, True])
def test_a_server_that_answers_for_ever_is_given_up(secure: bool) -> None:
    """Each byte comes in time, and the last one never."""
    given_up = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            while not given_up.is_set():
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                with client:
                    client.recv(1_000)
                    # The beginning of an answer, or of a TLS record (RFC 8446, section 5.1).
                    client.sendall(
                        b"\x16\x03\x03\x40\x00" if secure else b"HTTP/1.1 200 OK\r\nX-A: "
                    )
                    while not given_up.wait(0.1):
                        try:
                            client.sendall(b"\x02" if secure else b"a")
                        except OSError:
                            break

        dripping = threading.Thread(target=drip, daemon=True)
        dripping.start()
        url = f"http{'s' if secure else ''}://127.0.0.1:{listening.getsockname()[1]}/"
        settings = ExternalSettings(delay=0, timeout=0.3)
        asker = Asker(Book(robots={url.rstrip("/"): (0.0, "")}), settings, "https://s.example", 0.0)
        answers: list[Answer] = []
        asking = threading.Thread(
            target=lambda: answers.append(asker.answer(url, set())), daemon=True
        )
        asking.start()
        asking.join(60)
        given_up.set()
    assert [one.state for one in answers] == ["failed"], "it still waits"
    assert answers[0].detail == "it did not answer in time"


def test_an_address_to_nowhere_in_a_redirect_is_one_broken_link(
    site: Path, tidepost: Tidepost, other: OtherSite
) -> None:
    bad = ["http://[::1", "http://[not-an-address]/", "//[", f"http://{'ä' * 80}.example/"]
    for number, location in enumerate(bad):
        # Headers are Latin-1; what is not is escaped, as servers do.
        text = location if location.isascii() else location.encode().decode("latin-1")
        other.pages[f"/{number}"] = lambda r, text=text: r.answer(301, Location=text)  # type: ignore[misc]
    links(site, *(f"{other.url}/{number}" for number in range(len(bad))))
    done = tidepost("check", "--external")
    assert len(told(done)) == len(bad), done.err
    assert all("outside-dead" in line and "no address" in line for line in told(done)[:3])


def test_a_redirect_into_a_private_network_is_not_followed(
    other: OtherSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"localhost": ["93.184.215.14"], "inside.example": ["10.0.0.7"]}
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setattr(
        "generator.adapters.link_checker.addresses_of", lambda host: found.get(host, [host])
    )
    port = other.url.rpartition(":")[2]
    asked: list[str] = []
    for name in ("127.0.0.1:" + port, "[::1]:" + port, "inside.example", "169.254.169.254",
                 "[::ffff:192.168.0.1]"):  # fmt: skip
        other.pages["/out"] = lambda r, name=name: r.answer(302, Location=f"http://{name}/secret")  # type: ignore[misc]
        other.pages["/secret"] = lambda r: asked.append(r.path) or r.answer(200)  # type: ignore[func-returns-value]
        asker = Asker(Book(), SETTINGS, "https://example.org", 0.0)
        answer = asker.answer(f"http://localhost:{port}/out", set())
        assert (answer.state, asked) == ("dead", []), name
        assert "private network" in answer.detail
    # An owner who links to his own network may have it redirect there.
    asker = Asker(Book(), SETTINGS, "https://example.org", 0.0)
    other.pages["/out"] = lambda r: r.answer(302, Location="/secret")
    assert asker.answer(f"{other.url}/out", set()).state == "ok"


def test_the_everyday_check_loads_nothing_for_it(site: Path) -> None:
    code = (
        "import sys; from generator.cli.commands import run; run(sys.argv[1:]);"
        "print([m for m in sys.modules"
        " if m.startswith(('urllib3', 'generator.checks.external_links'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "--site", str(site)],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


def test_bad_settings_are_told(site: Path) -> None:
    links(site, settings="external: {timeout: 0, per_host: 0, delay: -1}\n")
    done = command(site, "check")
    assert done.returncode == 1
    told = [line.partition("site-yaml: ")[2] for line in done.stderr.splitlines()]
    assert sorted(filter(None, told)) == [
        "`external.delay`: 0 or more",
        "`external.per_host`: more than 0",
        "`external.timeout`: more than 0",
    ]


SETTINGS = ExternalSettings()


@pytest.mark.parametrize(
    ("state", "days", "asked"),
    [("ok", 6.9, False), ("ok", 7.1, True), ("dead", 0.9, False), ("dead", 1.1, True),
     ("failed", 0.01, True), ("refused", 0.9, False), ("ok", -1, True)],
)  # fmt: skip
def test_how_long_an_answer_holds(state: str, days: float, asked: bool) -> None:
    known = {"http://a/": Answer(asked=1e9, state=state)}  # type: ignore[arg-type]
    assert bool(to_ask(["http://a/"], known, SETTINGS, 1e9 + days * 86400)) is asked


def test_a_new_fragment_is_asked_for() -> None:
    known = {"http://a/": Answer(asked=0, state="ok", places={"x": True})}
    urls = ["http://a/#x", "http://a/#y", "http://a/"]
    assert to_ask(urls, known, SETTINGS, 1) == {"http://a/": {"x", "y"}}
    assert to_ask(urls[:1], known, SETTINGS, 1) == {}


def test_hosts_are_asked_for_in_ascii(site: Path, other: OtherSite) -> None:
    assert _plain("http://bücher.example:80/ä?ö") == "http://xn--bcher-kva.example:80/ä?ö"
    assert _plain("http://example.org/ä") == "http://example.org/ä"
    other.pages["/%C3%A4"] = lambda r: r.answer(200)
    asker = Asker(Book(), SETTINGS, "https://example.org", 0.0)
    assert asker.answer(f"{other.url}/ä", set()).state == "ok"
    too_long = asker.answer(f"http://{'ä' * 80}.example/", set())
    assert (too_long.state, too_long.detail) == ("dead", "this cannot be an address")


def test_fragments() -> None:
    assert [each for each in ("", "a", "top", "L5-L9", "!/x", ":~:text=a", "a=b", "ü") if
            fragment_counts(each)] == ["a", "ü"]  # fmt: skip
    assert has_place("<p id=a>", "a")
    assert has_place("<p id='ü'>", "%C3%BC")
    assert not has_place("<p class=a data-x='id=a'>", "b")


def test_of_a_link_that_many_share_three_places_are_named() -> None:
    places = {"http://a/": [Place(f"content/posts/{n}.md", 3) for n in range(5)]}
    found = judge(places, {"http://a/": Answer(asked=0, state="dead", detail="gone")})
    assert [(each.path, each.message) for each in found] == [
        ("content/posts/0.md", "`http://a/`: gone (and in 2 more places)"),
        ("content/posts/1.md", "`http://a/`: gone"),
        ("content/posts/2.md", "`http://a/`: gone"),
    ]
