"""A site that `serve` shows to a phone: who may see it, and what of it."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.test import Client, TestResponse

from generator.adapters.functions import LocalApi
from generator.adapters.server import sharing
from generator.adapters.server.desk_pages import OWN, SHARED
from generator.adapters.server.sharing import Door, new_key, own_address
from generator.adapters.server.state import Live, Outcome
from generator.adapters.server.wsgi import LocalSite, start
from tests.serve.conftest import served
from tests.support.sample import FLAGS
from tests.support.sites import PROJECT, write_site
from tests.support.terminal import Terminal
from tests.support.tools import TOOLS, chromium, only_one

KEY = "abcd-efgh-jkmn-pqrs"
PHONE, MACHINE = "192.168.1.20", "192.168.1.5"


@pytest.fixture
def phone(folder: Path, tmp_path: Path) -> Client:
    """A device of the network, which asks this machine by its address there."""
    live = Live()
    live.show(Outcome(site=served(folder)))
    return Client(LocalSite(live, LocalApi(tmp_path / "local"), door=Door(KEY, OWN, SHARED)))


def ask(
    client: Client, path: str, host: str = f"{MACHINE}:8000", peer: str = PHONE, method: str = "GET"
) -> TestResponse:
    return client.open(
        path,
        method=method,
        base_url=f"http://{host}/",
        environ_overrides={"REMOTE_ADDR": peer, "REQUEST_URI": path, "SERVER_PORT": "8000"},
    )


@pytest.mark.parametrize("path", ["/", "/a/", "/nowhere/", "/api/count", f"{OWN}/live.js"])
@pytest.mark.parametrize("key", ["", "?key=", "?key=wrong", "?key=abcd-efgh-jkmn-pqr", "?key=é"])
def test_without_the_key_nothing_is_shown_and_it_is_said_why(
    phone: Client, path: str, key: str
) -> None:
    answer = ask(phone, path + key)
    assert answer.status_code == 403
    assert "open the whole address that `serve` printed" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_key_goes_into_a_cookie_and_out_of_the_address(phone: Client) -> None:
    answer = ask(phone, f"/a/?q=1&key={KEY.upper()}&q=2")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/a/?q=1&q=2")
    cookie = answer.headers["Set-Cookie"]
    assert re.match(rf"tidepost-8000={KEY}; HttpOnly; Path=/; SameSite=Lax$", cookie)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert ask(phone, "/a/").status_code == 200
    assert ask(phone, "/nowhere/").status_code == 404
    assert ask(phone, f"{OWN}/live.js").status_code == 200


def test_the_way_out_of_the_address_leads_nowhere_else(phone: Client) -> None:
    for path in ("//evil.example/", "/\\evil.example/"):
        location = ask(phone, f"{path}?key={KEY}").headers["Location"]
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    ("path", "method"),
    [("", "GET"), ("/outbox", "GET"), ("/counts", "GET"), ("/problems", "GET"), ("/open", "POST")],
)
def test_the_writers_pages_are_for_the_writers_machine(
    phone: Client, path: str, method: str
) -> None:
    ask(phone, f"/?key={KEY}")
    answer = ask(phone, f"{OWN}{path}", method=method)
    assert answer.status_code == 403
    assert "for the machine on which the site is written" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "192.168.1.5.evil.example"])
def test_a_name_that_is_made_to_mean_this_machine_is_not_answered(phone: Client, host: str) -> None:
    """Whether another website has the browser ask from the network or from this machine."""
    ask(phone, f"/?key={KEY}")
    for peer in (PHONE, "127.0.0.1"):
        for path in ("/", f"/?key={KEY}", f"{OWN}/outbox"):
            assert ask(phone, path, host, peer).status_code == 403


def test_this_machine_needs_no_key_and_nobody_can_say_that_he_is_it(phone: Client) -> None:
    for host in ("localhost:8000", "127.0.0.1:8000", "[::1]:8000"):
        for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
            assert ask(phone, "/a/", host, peer).status_code == 200
            assert ask(phone, f"{OWN}/outbox", host, peer).status_code == 200
        assert ask(phone, "/a/", host, PHONE).status_code == 403


def test_keys_are_long_and_never_the_same() -> None:
    keys = {new_key() for _ in range(200)}
    assert len(keys) == 200
    assert all(re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", key) for key in keys)


def test_a_server_in_the_network_is_one_address_and_one_here(folder: Path, tmp_path: Path) -> None:
    """With real connections, of which one comes from the machine's own address in its network."""
    live = Live()
    live.show(Outcome(site=served(folder)))
    server = start(LocalSite(live, None, door=Door(KEY, OWN, SHARED)), live, 0, host="0.0.0.0")
    try:
        assert server.url == f"http://127.0.0.1:{server.port}/"
        assert urllib.request.urlopen(f"{server.url}a/").status == 200
        address = own_address("0.0.0.0")
        assert address, "this machine is in no network"
        outside = f"http://{address}:{server.port}/a/"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(outside)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        assert opener.open(f"{outside}?key={KEY}").url == outside
        assert opener.open(outside).status == 200
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(outside)
    finally:
        server.stop()


@pytest.mark.browser
def test_a_phone_sees_the_site_and_follows_it(tmp_path: Path) -> None:
    """From the address that the command prints to a change of the page, in a real browser."""
    site = write_site(tmp_path / "site", {})
    command = [sys.executable, str(PROJECT / "publish.py"), "serve", "--port", "0"]
    with Terminal([*command, "--host", "0.0.0.0"], site, columns=200) as terminal:
        shown = terminal.until("Ctrl-C ends.")
        assert "Look out: whoever has this address sees the site with its drafts" in shown
        found = re.search(r"On a phone in your network: (http://\S+/\?key=\S+)", shown)
        assert found, shown
        assert "Serving at http://127.0.0.1:" in shown
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_page()
            refused = page.goto(found[1].partition("?")[0])
            assert refused
            assert refused.status == 403
            page.goto(found[1])
            assert page.url == found[1].partition("?")[0]
            page.goto(f"{page.url}about/")
            about = site / "content" / "pages" / "about.md"
            about.write_text(about.read_text("utf-8").replace("About", "Changed"), "utf-8")
            page.get_by_role("heading", name="Changed").first.wait_for(timeout=60_000)
            browser.close()
        terminal.type("\x03")
        terminal.until("Stopped.")


@pytest.mark.parametrize("host", ["example.org", "300.1.1.1", "localhost:80"])
def test_what_is_no_address_is_refused(tmp_path: Path, host: str) -> None:
    site = write_site(tmp_path / "site", {})
    command = [sys.executable, str(PROJECT / "publish.py"), "serve", "--host", host]
    done = subprocess.run(command, cwd=site, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"`{host}` is no address in numbers" in done.stderr


def test_in_no_network_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(sharing.socket.socket, "connect", refuse)
    assert own_address("0.0.0.0") == ""
    assert own_address("192.168.1.5") == "192.168.1.5"


@pytest.mark.network
def test_an_address_is_drawn_where_that_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    home = TOOLS / "segno-1.6.6"
    with only_one("segno"):
        if not home.exists():
            install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
            subprocess.run([*install, "--target", str(home), "segno==1.6.6"], check=True)
    monkeypatch.syspath_prepend(str(home))
    drawn = sharing.qr_code("http://192.168.1.5:8000/?key=abcd")
    lines = drawn.splitlines()
    assert len(lines) > 10
    assert len({len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines}) == 1
