"""Other hosts answer as the edge does: real web servers by the contract of addresses, by drawn
sites, and by their headers; and the files of hosts that cannot be run here, by what they say."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from generator.adapters.hosts.host_files import make_host_files
from generator.core.artifacts import Role
from generator.core.cache import NoCache
from generator.publish.headers import content_type
from generator.publish.hosts.apache import apache as apache_files
from generator.publish.hosts.nginx import nginx as nginx_files
from generator.publish.hosts.rules import pages_files
from generator.publish.hosts.static_hosts import cloudflare, netlify
from tests.support import web_servers
from tests.support.addresses import Ask, Site, check, over_http, site, told_apart, write
from tests.support.caddy import CONTRACT, Answer, ask
from tests.support.host_rules import HEADERS, contract, output, rules
from tests.support.sample import ROOT
from tests.support.sites import config


@contextlib.contextmanager
def by_nginx(one: Site, folder: Path) -> Iterator[int]:
    root = folder / "root"
    write(one, root / one.base.lstrip("/"), one.files)
    [(name, text)] = nginx_files(rules(one)).items()
    snippet = root / one.base.lstrip("/") / name
    snippet.write_text(text, encoding="utf-8")
    with web_servers.nginx(root, snippet, folder / "scratch") as port:
        yield port


@contextlib.contextmanager
def by_apache(one: Site, folder: Path) -> Iterator[int]:
    """In a folder that everybody may read, which pytest's own is not: it serves as another user."""
    with tempfile.TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o755)
        with _apache(one, Path(open_to_all)) as port:
            yield port


@contextlib.contextmanager
def _apache(one: Site, folder: Path) -> Iterator[int]:
    root = folder / "root"
    write(one, root / one.base.lstrip("/"), one.files)
    [(name, text)] = apache_files(rules(one)).items()
    (root / one.base.lstrip("/") / name).write_text(text, encoding="utf-8")
    with web_servers.apache(root, folder / "scratch") as port:
        yield port


Server = Callable[[Site, Path], contextlib.AbstractContextManager[int]]
SERVERS = [by_nginx, by_apache]


def inside(location: str, port: int) -> str:
    """A Location without this server's own origin, which Apache names, and with its percent
    encoding in capitals (RFC 3986, 6.2.2.1)."""
    plain = location.removeprefix(f"http://127.0.0.1:{port}")
    return re.sub("%[0-9a-f]{2}", lambda found: found[0].upper(), plain)


def asking(port: int) -> Ask:
    plain = over_http(port)
    return lambda paths: [(status, inside(said, port)) for status, said in plain(paths)]


@pytest.mark.parametrize("server", SERVERS)
def test_the_contract_of_addresses(server: Server, tmp_path: Path) -> None:
    one = told_apart(contract())
    with server(one, tmp_path) as port:
        for case in CONTRACT["cases"]:
            target = case["path"] + (f"?{case['query']}" if "query" in case else "")
            found = ask(port, target)
            if "location" in case and (
                found.status == 301 or case["location"] in one.flat.values()
            ):
                told = inside(found.headers.get("location", ""), port)
                # Servers may decode a name before they send it back.
                assert (found.status, unquote(told)) == (301, unquote(case["location"])), case
            elif "location" in case:  # a folder that is not there: the edge asks once more
                assert found.status in (404, 400), case
                assert ask(port, case["location"]).status in (404, 400), case
            elif unquote(case.get("key", "")) in one.files:
                key = unquote(case["key"])
                assert (found.status, found.body) == (200, f"<p>{key}</p>".encode()), case
            else:
                assert found.status in (404, 400), case
                assert found.status == 400 or found.body == b"<p>404.html</p>", case


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("server", SERVERS)
def test_drawn_sites(server: Server, seed: int, tmp_path: Path) -> None:
    one = told_apart(site(seed))
    with server(one, tmp_path) as port:
        check(one, asking(port))


@pytest.mark.parametrize("server", SERVERS)
def test_headers(server: Server, tmp_path: Path) -> None:
    one = told_apart(contract())
    with server(one, tmp_path) as port:

        def get(path: str) -> Answer:
            return ask(port, path)

        for path in ("/", "/posts/new/", "/nothing", "/old/", "/LICENSE"):
            found = get(path).headers
            assert {name: found.get(name) for name in HEADERS} == HEADERS, path
        lasting = "public, max-age=31536000, immutable"
        assert get("/assets/site.0a1b2c3d.css").headers["cache-control"] == lasting
        for path in ("/", "/posts/new/", "/LICENSE", "/assets/own.css"):
            assert get(path).headers["cache-control"] == "public, max-age=60", path
        assert "cache-control" not in get("/assets/gone.css").headers
        for path in one.files:
            if not path.endswith("/index.html"):
                told = get(f"/{path}".replace("$", "%24"))
                if told.status == 200:
                    assert told.headers["content-type"] == content_type(path), path
        for hidden in ("/nginx.conf", "/.htaccess", "/assets/", "/posts/"):
            assert get(hidden).status in (403, 404), hidden


def test_netlify_and_cloudflare() -> None:
    one = contract()
    told = netlify(rules(one))["_redirects"].splitlines()
    assert "/old/ /posts/new/ 301!" in told
    assert "/caf%C3%A9/ /posts/caf%C3%A9/ 301!" in told
    assert "/away/ https://example.org/elsewhere?x=1 301!" in told
    assert not [line for line in told if line.startswith("/loop") or line.startswith("/self")]
    told = cloudflare(rules(one))["_redirects"].splitlines()
    assert {"/old/ /posts/new/ 301", "/old /posts/new/ 301"} <= set(told)
    assert all(len(line.split(" ")) == 3 for line in told)
    many = {f"/old-{number}/": "/posts/new/" for number in range(1_000)}
    large = one._replace(redirects={**many, f"/{'x' * 1_000}/": "/"})
    told = cloudflare(rules(large))["_redirects"].splitlines()
    assert len(told) == 1_998
    assert len(netlify(rules(large))["_redirects"].splitlines()) == 2_002


def test_headers_of_static_hosts() -> None:
    one = contract()
    text = cloudflare(rules(one))["_headers"]
    blocks = {block[0]: block[1:] for block in _blocks(text)}
    assert blocks["/*"] == [f"  {name}: {value}" for name, value in sorted(HEADERS.items())]
    lasting = ["  ! cache-control", "  cache-control: public, max-age=31536000, immutable"]
    assert blocks["/assets/site.0a1b2c3d.css"] == lasting
    assert "/assets/own.css" not in blocks  # it has no fingerprint: so there is no rule for all
    assert "/assets/*" not in blocks
    assert blocks["/LICENSE"][1] == "  content-type: text/plain; charset=utf-8"
    files = {path: content for path, content in one.files.items() if path != "assets/own.css"}
    text = netlify(rules(one._replace(files=files)))["_headers"]
    assert {block[0]: block[1:] for block in _blocks(text)}["/assets/*"] == lasting[1:]
    found = [f"pagefind/fragment/en_{number:x}.pf_fragment" for number in range(300)]
    search = {"pagefind/pagefind.js": b"", **dict.fromkeys(found, b"")}
    kinds: dict[str, Role] = {path: "asset" if path in found else "entry" for path in search}
    [block] = _blocks(cloudflare(rules(Site(search, kinds, {}, "")))["_headers"])[1:]
    assert block == ["/pagefind/fragment/*", *lasting]  # and not one line for each file
    many = {f"assets/{number}.css": b"" for number in range(300)} | {"assets/own.css": b""}
    roles: dict[str, Role] = {
        path: "asset" if path != "assets/own.css" else "page" for path in many
    }
    large = Site(many, roles, {}, "/blog")
    assert len(_blocks(cloudflare(rules(large))["_headers"])) == 100
    assert "_redirects" not in netlify(rules(large))
    assert _blocks(netlify(rules(large))["_headers"])[0][0] == "/blog/*"


@pytest.mark.parametrize("kind", ["netlify", "cloudflare", "nginx", "apache"])
def test_headers_are_those_that_the_site_is_sent_with(kind: str, tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    template = (ROOT / "infra/site.yaml").read_text(encoding="utf-8")
    (tmp_path / "infra/site.yaml").write_text(
        template.replace("FrameOption: DENY", "FrameOption: SAMEORIGIN"), encoding="utf-8"
    )
    page = output("index.html", b"<p>Hello")

    def made(headers: bool) -> str:
        given = f"publish: {{rules: {kind}, headers: {str(headers).lower()}}}\n"
        memory = tmp_path / "memory"
        found = make_host_files(tmp_path, config(given), NoCache(), [page], {}, tmp_path, memory)
        return "".join(place.read_text() for place in found.places.values()).lower()

    assert "sameorigin" in made(True)  # as the site's own template has it
    found = made(False)
    assert "x-frame-options" not in found
    assert "/*\n" not in found


def _blocks(text: str) -> list[list[str]]:
    found: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("  "):
            found[-1].append(line)
        else:
            found.append([line])
    return found


@pytest.mark.parametrize(
    ("url", "cname", "domain"),
    [
        ("https://blog.harbour.pt", True, b"blog.harbour.pt"),
        ("https://blog.harbour.pt/part", True, b"blog.harbour.pt"),
        ("https://bücher.de", True, b"xn--bcher-kva.de"),
        ("https://example.org", True, None),
        ("https://blog.example", True, None),
        ("https://me.github.io/blog", True, None),
        ("https://me.gitlab.io", True, None),
        ("http://localhost:8000", True, None),
        ("https://blog.harbour.pt", False, None),
    ],
)
def test_files_of_git_hosts(url: str, cname: bool, domain: bytes | None) -> None:
    found = pages_files(url, cname=cname)
    assert found[".nojekyll"] == b""
    assert found.get("CNAME") == domain
    assert urlsplit(url).hostname
