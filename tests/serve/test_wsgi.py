"""The local server answers as the distribution would."""

import json
import socket
import threading
from pathlib import Path
from urllib.parse import unquote

import pytest

from generator.adapters.functions import register_paths
from generator.adapters.server.state import Live, Outcome, ServedSite
from generator.adapters.server.wsgi import MOST_BODY_BYTES, LocalSite, PortTaken, start
from generator.publish import edge_rules
from tests.serve.conftest import Client, served, write

CONTRACT = json.loads(
    (Path(__file__).parents[1] / "contract" / "urls.json").read_text(encoding="utf-8")
)


def test_addresses_mean_what_they_mean_at_the_edge(client: Client, tmp_path: Path) -> None:
    redirects = edge_rules.flatten(CONTRACT["redirects"])
    files = edge_rules.file_table(CONTRACT["outputs"])
    for number, case in enumerate(CONTRACT["cases"]):
        # A folder for each case: an object store may hold both `a` and `a/b`, a disk may not.
        folder = tmp_path / f"case-{number}"
        key = unquote(case.get("key", "index.html"), errors="replace")
        write(folder, {"404.html": "<p>nothing</p>", ".tidepost/manifest.json": "{}", key: "<p>it"})
        client.live.show(Outcome(site=ServedSite(folder=folder, redirects=redirects, files=files)))
        query = f"?{case['query']}" if "query" in case else ""
        answer = client.get(f"{case['path']}{query}")
        if "location" in case:
            assert (answer.status, answer.headers["location"]) == (301, case["location"]), case
        elif "hidden" in case:
            assert (answer.status, "nothing" in answer.text) == (404, True), case
        else:
            assert (answer.status, "<p>it" in answer.text) == (200, True), case


def test_page_that_does_not_exist(client: Client) -> None:
    answer = client.get("/nowhere/")
    assert answer.status == 404
    assert "Nothing here" in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/assets/site.0a1b2c3d.css", "text/css; charset=utf-8"),
        ("/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/json; charset=utf-8"),
        ("/data.bin", "application/octet-stream"),
    ],
)
def test_headers(client: Client, path: str, kind: str) -> None:
    answer = client.get(path)
    assert answer.status == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-cache"
    assert "content-disposition" not in answer.headers


def test_headers_of_the_release_when_asked_for(folder: Path) -> None:
    live = Live()
    live.show(Outcome(site=served(folder)))
    server = start(LocalSite(live, None, cdn_headers=True), live, 0)
    try:
        client = Client(server, live, None)  # type: ignore[arg-type]
        asset = client.get("/assets/site.0a1b2c3d.css").headers["cache-control"]
        assert asset == "public, max-age=31536000, immutable"
        page = client.get("/a/").headers["cache-control"]
        assert page.startswith("public, max-age=60")
        assert client.get("/api/health/").status == 404
    finally:
        server.stop()


@pytest.mark.parametrize("path", ["/a/", "/assets/site.0a1b2c3d.css"])
def test_head_and_conditional_requests(client: Client, path: str) -> None:
    whole = client.get(path)
    head = client.get(path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    assert head.headers["content-length"] == str(len(whole.body))
    again = client.get(path, If_None_Match=whole.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    since = client.get(path, If_Modified_Since=whole.headers["last-modified"])
    assert since.status == 304
    assert client.get(path, If_None_Match='"other"').body == whole.body


@pytest.mark.parametrize("path", ["/a/", "/data.bin"])
def test_ranges(client: Client, path: str) -> None:
    whole = client.get(path).body
    part = client.get(path, Range="bytes=2-5")
    assert (part.status, part.body) == (206, whole[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{len(whole)}"
    assert client.get(path, Range="bytes=-3").body == whole[-3:]
    assert client.get(path, Range="bytes=5000-").status == 416
    assert client.get(path, Range="bytes=0-1", If_Range='"other"').body == whole


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/a/../../secret.txt",
        "/a/%2e%2e/%2e%2e/secret.txt",
        "/..%5csecret.txt",
        "//secret.txt",
        "/%2f..%2fsecret.txt",
        "/data.bin%00.html",
        "/linked.txt",
        "/linked/secret.txt",
    ],
)
def test_nothing_outside_is_served(client: Client, folder: Path, path: str) -> None:
    (folder / "linked.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "linked").symlink_to(folder.parent)
    answer = client.get(path)
    assert answer.status == 404
    assert b"secret" not in answer.body
    assert client.get("/data.bin").body == b"0123456789"


def test_address_in_full_as_a_proxy_sends_it(client: Client) -> None:
    assert "<h1>A</h1>" in client.get("http://localhost/a/").text
    assert client.get("http://evil.example/a/", Host="evil.example").status == 403


def test_only_reading(client: Client) -> None:
    assert client.get("/a/", "POST", b"x").status == 403
    assert client.get("/a/", "DELETE").status == 403


def test_other_host_names_are_refused(client: Client) -> None:
    port = client.server.port
    for host in ("127.0.0.1", "localhost", f"localhost:{port}", f"[::1]:{port}"):
        assert client.get("/a/", Host=host).status == 200
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", ""):
        assert client.get("/_tidepost/outbox", Host=host).status in (400, 403)


def test_site_below_a_path(client: Client, folder: Path) -> None:
    client.live.show(Outcome(site=served(folder, base="/blog")))
    assert "<h1>A</h1>" in client.get("/blog/a/").text
    assert client.get("/a/").status == 404
    assert client.get("/blogger/a/").status == 404
    assert client.get("/blog/a").headers["location"] == "/blog/a/"
    assert client.get("/blog/old").headers["location"] == "/blog/a/"
    assert client.get("/").headers["location"] == "/blog/"
    assert client.get("/").status == 302


def test_pages_follow_changes_and_files_on_disk_do_not(client: Client, folder: Path) -> None:
    page = client.get("/a/").text
    assert page.endswith('&quot;"></script></body></html>')
    assert 'src="/_tidepost/live.js"' in page
    assert "_tidepost" not in (folder / "a/index.html").read_text(encoding="utf-8")
    assert b"_tidepost" not in client.get("/assets/site.0a1b2c3d.css").body
    script = client.get("/_tidepost/live.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"


def test_counter_works_and_shows_what_it_counted(client: Client) -> None:
    register_paths(client.api, ["/a/"])
    body = json.dumps({"path": "/a/", "id": "abcdefgh12345678", "reload": 0}).encode()
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    answer = client.get("/api/count", "POST", body, Content_Type="text/plain", User_Agent=agent)
    assert answer.status == 200, answer.text
    assert json.loads(answer.body)["counts"]["/a/"]["views"] == 1
    shown = client.get("/_tidepost/counts")
    assert shown.status == 200
    assert '<a href="/a/">/a/</a>' in shown.text
    days = client.get("/_tidepost/counts?page=/a/")
    assert '<td class="number">1</td>' in days.text
    assert client.get("/_tidepost/counts?page=/b/").status == 404


def test_message_lies_in_the_outbox(client: Client) -> None:
    body = (
        b"name=Ada&email=ada%40example.org&message=The+tide+%3Cb%3Eis%3C%2Fb%3E+out.&website="
        b"&token=&page=%2Fcontact%2F&thanks=%2Fcontact%2Fthanks%2F&subject=Low+water"
    )
    assert "The outbox is empty." in client.get("/_tidepost/outbox").text
    answer = client.get(
        "/api/contact", "POST", body, Content_Type="application/x-www-form-urlencoded"
    )
    assert answer.status in (200, 202, 303), answer.text
    listed = client.get("/_tidepost/outbox").text
    name = listed.partition('href="/_tidepost/outbox/')[2].partition('"')[0]
    mail = client.get(f"/_tidepost/outbox/{name}")
    assert mail.status == 200
    assert "The tide &lt;b&gt;is&lt;/b&gt; out." in mail.text
    assert "ada@example.org" in mail.text
    assert (
        client.get(f"/_tidepost/outbox/{name}?raw").headers["content-type"].startswith("text/plain")
    )
    assert client.get("/_tidepost/outbox/..%2fcontact.sqlite").status == 404


COUNT = json.dumps({"path": "/a/", "id": "abcdefgh12345678"}).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_other_websites_cannot_use_the_api(client: Client, headers: dict[str, str]) -> None:
    register_paths(client.api, ["/a/"])
    assert client.get("/api/count", "POST", COUNT, **headers).status == 403
    assert client.get("/api/count?path=/a/", **headers).status == 403
    form = {"Content_Type": "application/x-www-form-urlencoded", **headers}
    assert client.get("/api/contact", "POST", b"name=a&email=a@b.example", **form).status == 403
    [page] = [p for p in client.api.counter({"action": "stats"})["pages"] if p["path"] == "/a/"]
    assert page["views"] + page["bots"] == 0


def test_pages_of_the_local_server_and_programs_may_use_the_api(client: Client) -> None:
    register_paths(client.api, ["/a/"])
    for host in (f"127.0.0.1:{client.server.port}", f"localhost:{client.server.port}"):
        own = {"Host": host, "Origin": f"http://{host}", "Sec_Fetch_Site": "same-origin"}
        assert client.get("/api/count", "POST", COUNT, **own).status == 200
    assert client.get("/api/count", "POST", COUNT).status == 200


@pytest.mark.parametrize(
    ("path", "most"), [("/api/count", MOST_BODY_BYTES), ("/_tidepost/open", 65_536)]
)
def test_a_body_without_a_length_is_bounded_while_it_is_read(
    client: Client, path: str, most: int
) -> None:
    """In chunks (RFC 9112, 7.1), and one that never ends: who waits for its end waits for ever."""
    host = f"127.0.0.1:{client.server.port}"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    piece = b"name=" + b"x" * 65_531
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=60) as connection:
        connection.sendall(head.encode())
        for _ in range(most // len(piece)):
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.sendall(b"1\r\nx\r\n")
        assert connection.recv(64).split()[1] == b"413"


def test_a_body_in_chunks_is_read_whole(client: Client) -> None:
    register_paths(client.api, ["/a/"])
    size = f"{len(COUNT):x}".encode()
    chunked = b"%s\r\n%s\r\n0\r\n\r\n" % (size, COUNT)
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=60) as connection:
        connection.sendall(
            b"POST /api/count HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            + chunked
        )
        assert connection.recv(64).split()[1] == b"200"


def test_own_pages_that_do_not_exist(client: Client) -> None:
    assert client.get("/_tidepost/other").status == 404
    assert client.get("/_tidepost/", "PUT", b"").status == 405
    assert client.get("/_tidepost/", "POST", b"").status == 403


def test_events_tell_the_state_and_each_change(client: Client, folder: Path) -> None:
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=60) as connection:
        connection.sendall(b"GET /_tidepost/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        stream = connection.makefile("rb")

        def event() -> dict[str, object]:
            for line in stream:
                if line.startswith(b"data: "):
                    data: dict[str, object] = json.loads(line[6:])
                    return data
            raise AssertionError("the stream ended")

        assert event()["build"] == 1
        client.live.show(Outcome(site=served(folder)), {"content/posts/a.md"})
        assert event()["build"] == 2


def test_stopping_ends_open_streams(folder: Path) -> None:
    live = Live()
    live.show(Outcome(site=served(folder)))
    server = start(LocalSite(live, None), live, 0)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(b"GET /_tidepost/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        stream = connection.makefile("rb")
        assert stream.readline().startswith(b"HTTP/1.1 200")
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        rest = stream.read()
        stopping.join(60)
        assert not stopping.is_alive()
        assert b"data: " in rest


def test_before_anything_was_built(tmp_path: Path) -> None:
    from generator.core.problems import Problem

    live = Live()
    wrong = Problem(path="site.yaml", line=3, code="site-yaml", message="<no>", hint="h")
    live.show(Outcome(site=None, problems=[wrong]))
    server = start(LocalSite(live, None), live, 0)
    try:
        answer = Client(server, live, None).get("/a/")  # type: ignore[arg-type]
        assert answer.status == 503
        assert "site.yaml:3" in answer.text
        assert "&lt;no&gt;" in answer.text
        assert "/_tidepost/live.js" in answer.text
    finally:
        server.stop()


def test_next_free_port_only_when_allowed(client: Client, folder: Path) -> None:
    taken = client.server.port
    live = Live()
    with pytest.raises(PortTaken, match=str(taken)):
        start(LocalSite(live, None), live, taken)
    other = start(LocalSite(live, None), live, taken, tries=50)
    try:
        assert taken < other.port < taken + 50
    finally:
        other.stop()
