"""What the checks say that a policy blocks is what Chromium blocks: no more, and no less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from generator.adapters.aws.sent_headers import headers_of
from generator.checks.blocked import Judge
from generator.checks.page.examine import examine
from generator.config.settings import SiteConfig
from generator.core.cache import NoCache
from generator.publish.csp import CSP
from tests.support.sample import ROOT

ORIGIN = "https://example.org"
CONFIG = SiteConfig(title="Tides", url=ORIGIN)
DEFAULT = headers_of(ROOT, CONFIG, NoCache()).pages[CSP]
HASH = "sha256-LAfYd7pbFUgwfQu8b4q135PeTG2z+/coPEUYCd74eCQ="
"""Of `let a = 1`."""
POLICIES = {
    "the standard one": DEFAULT,
    "widened": (
        DEFAULT.replace("img-src 'self'", "img-src 'self' https://elsewhere.example")
        + "; frame-src https://elsewhere.example; object-src 'self' https://elsewhere.example"
    ),
    "by paths": (
        "default-src https://elsewhere.example/a/ https://elsewhere.example/b.png;"
        " img-src https://elsewhere.example/a/ https://elsewhere.example:8443 /own/"
    ),
    "by schemes and stars": (
        "default-src https:; img-src http: ; media-src *; script-src *.elsewhere.example 'self';"
        " style-src * 'unsafe-inline'"
    ),
    "by hashes": (
        f"default-src 'self'; script-src '{HASH}' 'unsafe-inline'; style-src 'unsafe-inline'"
        f" '{HASH}'; script-src-attr 'unsafe-hashes' '{HASH}'"
    ),
    "inline allowed": "default-src 'self' 'unsafe-inline' data:",
    "strict": f"script-src 'strict-dynamic' '{HASH}' https:; child-src 'self'; font-src 'none'",
    "none": "",
}
HEAD = """\
<link rel="stylesheet" href="/own.css">
<link rel="stylesheet" href="https://elsewhere.example/a/x.css">
<link rel="preload" as="font" href="https://elsewhere.example/x.woff2" crossorigin>
<link rel="preload" as="image" href="https://elsewhere.example/ahead.png">
<link rel="modulepreload" href="https://elsewhere.example/ahead.js">
<script src="/own/x.js"></script>
<script src="https://elsewhere.example/x.js"></script>
<script src="https://sub.elsewhere.example/x.js"></script>
<script type="module" src="https://elsewhere.example/module.js"></script>
<script>let a = 1</script>
<script>let b = 1</script>
<script type="module">let c = 1</script>
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Thing"}</script>
<script type="text/x-template"><b>{{ x }}</b></script>
<style>b { color: red }</style>
<style>let a = 1</style>
"""
BODY = """\
<img src="/own/x.png" alt="x">
<img src="https://elsewhere.example/x.png" alt="x">
<img src="https://elsewhere.example/a/x.png" alt="x">
<img src="https://elsewhere.example/b.png" alt="x">
<img src="https://elsewhere.example/b.png/c" alt="x">
<img src="https://elsewhere.example:8443/x.png" alt="x">
<img src="http://elsewhere.example/http.png" alt="x">
<img src="http://other.example/http.png" alt="x">
<img src="//elsewhere.example/relative.png" alt="x">
<img src="https://EXAMPLE.org/whole.png" alt="x">
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" alt="x">
<img srcset="https://elsewhere.example/set.png 1x" alt="x">
<picture><source srcset="https://elsewhere.example/source.png">
<img src="/own/x.png" alt=""></picture>
<video src="https://elsewhere.example/x.mp4" poster="https://elsewhere.example/poster.png"></video>
<video src="/own/x.mp4"></video>
<audio controls><source src="https://elsewhere.example/x.mp3"></audio>
<svg width="9" height="9"><image href="https://elsewhere.example/drawn.png" width="9" height="9"/>
<use href="#x"/><g style="fill: red"/></svg>
<iframe src="https://elsewhere.example/frame" title="x"></iframe>
<iframe src="/own/frame/" title="x"></iframe>
<embed src="https://elsewhere.example/x.swf" type="application/pdf">
<object data="https://elsewhere.example/x.pdf" type="application/pdf"></object>
<p style="color: red">x</p>
<p style="let a = 1">x</p>
<button type="button" onclick="let a = 1">x</button>
<button type="button" onclick="let b = 1" data-on="x" only="x">x</button>
<template><img src="https://elsewhere.example/never.png" alt="x"></template>
"""
FORMS = {
    "own": '<form action="/own/form"><button>x</button></form>',
    "none": "<form><button>x</button></form>",
    "elsewhere": '<form action="https://elsewhere.example/f"><button>x</button></form>',
    "http": '<form action="http://elsewhere.example/f"><button>x</button></form>',
    "mail": '<form action="mailto:x@example.org"><button>x</button></form>',
    "by its button": (
        '<form action="/own/form"><button formaction="https://elsewhere.example/g">x</button></form>'
    ),
}
STYLES = """\
@import url("https://elsewhere.example/imported.css");
@namespace url(http://www.w3.org/1999/xhtml);
@font-face { font-family: X; src: url(https://elsewhere.example/font.woff2) }
@font-face { font-family: Y; src: url(data:font/woff2;base64,d09GMg==) }
main { background: url(https://elsewhere.example/background.png); font: 1em X }
h1 { background: url(/own/h1.png); font: 1em Y }
"""
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) =>
  window.tell(event.effectiveDirective, event.blockedURI));
"""


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


class Site:
    """One page at the site's own address on the web, whose answers are made here."""

    def __init__(self, browser: Browser, policy: str, html: str, css: str = "") -> None:
        self.policy, self.html, self.css = policy, html, css
        self.asked = False
        self.events: set[tuple[str, str]] = set()
        self.page: Page = browser.new_page()
        # Told at once, so that it is known even of a page that is left.
        self.page.expose_function("tell", lambda *event: self.events.add(event))
        self.page.add_init_script(LISTEN)
        self.page.route("**/*", self.answer)
        self.page.goto(f"{ORIGIN}/page/", wait_until="load")

    def answer(self, route: Route) -> None:
        url = route.request.url
        if route.request.is_navigation_request() and self.asked:
            route.fulfill(status=204)  # a form arrives, and the page stays
        elif url.startswith(f"{ORIGIN}/page/"):
            self.asked = True
            headers = {"content-security-policy": self.policy} if self.policy else {}
            route.fulfill(content_type="text/html", body=self.html, headers=headers)
        elif url == f"{ORIGIN}/own.css":
            route.fulfill(content_type="text/css", body=self.css)
        else:
            route.fulfill(status=404, body="")

    def blocked(self, is_all: Callable[[set[tuple[str, str]]], bool]) -> set[tuple[str, str]]:
        """Return what the browser has said that it blocked, once that is all that should come: it
        says so when it has the time."""
        self.page.wait_for_timeout(150)
        for _ in range(400):
            found = {(directive, shown(uri, directive)) for directive, uri in self.events}
            if is_all(found):
                break
            self.page.wait_for_timeout(50)
        self.page.close()
        return found


def shown(uri: str, directive: str) -> str:
    """Return what blocks are compared by: of data browsers tell nothing but the scheme, and of
    frames nothing but the host."""
    full = urljoin(f"{ORIGIN}/page/", uri)
    if uri.startswith(("data", "inline", "mailto")):
        return uri.partition(":")[0]
    if urlsplit(full).scheme in ("http", "https"):
        parts = urlsplit(full)
        path = "" if directive in ("frame-src", "object-src") else parts.path
        return f"https://{parts.netloc.lower()}{path}"
    return uri


def page(body: str, head: str = "") -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>x</title>'
        f"{head}</head><body><main><h1>x</h1>\n{body}</main></body></html>"
    )


def told(policy: str, html: str, css: str = "") -> set[tuple[str, str]]:
    """Return what the checks say that a policy blocks."""
    facts = examine("page/index.html", html.encode())
    judge = Judge(policy, CONFIG)
    found = set()
    for link in facts.links:
        if list(judge.of_page("page/index.html", [link], [])):
            directive = link.directive.replace("script-preload", "script-src-elem")
            found.add((directive, shown(link.url, directive)))
    for each in facts.inline:
        if list(judge.of_page("page/index.html", [], [each])):
            found.add((each.directive, "inline"))
    return found


@pytest.mark.parametrize("name", POLICIES)
def test_what_is_told_is_what_is_blocked(name: str, browser: Browser) -> None:
    html = page(BODY, HEAD)
    wanted = told(POLICIES[name], html)
    found = Site(browser, POLICIES[name], html).blocked(wanted.issubset)
    assert (wanted - found, found - wanted) == (set(), set())
    assert bool(found) == (name != "none")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["the standard one", "by schemes and stars", "none"])
def test_forms(name: str, form: str, browser: Browser) -> None:
    html = page(FORMS[form])
    site = Site(browser, POLICIES[name], html)
    site.page.click("button", no_wait_after=True)
    wanted = addresses(told(POLICIES[name], html))
    assert addresses(site.blocked(lambda found: wanted <= addresses(found))) == wanted


@pytest.mark.parametrize("name", [name for name in POLICIES if name != "strict"])
def test_style_sheets(name: str, browser: Browser) -> None:
    html = page("", '<link rel="stylesheet" href="/own.css">')
    if told(POLICIES[name], html):
        return  # what is in a sheet that is blocked itself is not asked for
    judge = Judge(POLICIES[name], CONFIG)
    wanted = {shown(each.needle, "") for each in judge.of_styles("own.css", STYLES)}
    site = Site(browser, POLICIES[name], html, STYLES)
    assert addresses(site.blocked(lambda found: wanted <= addresses(found))) == wanted


def addresses(found: set[tuple[str, str]]) -> set[str]:
    return {uri for _, uri in found}
