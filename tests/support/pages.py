"""Pages to begin from: one that has no error, and ways to put one in."""

from collections.abc import Collection, Mapping, Sequence

from generator.checks.addresses import Addresses
from generator.checks.blocked import Judge
from generator.checks.page.examine import examine
from generator.checks.page.facts import PageFacts, card_of
from generator.checks.site import Site, check_references, check_whole
from generator.config.settings import ContactSettings, CounterSettings, SiteConfig
from generator.core.problems import Problem

GOOD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Low water</title>
<meta name="description" content="What the harbour shows twice a day.">
<link rel="canonical" href="https://example.org/">
</head>
<body data-kind="page">
<header><nav aria-label="Main"><ul><li><a href="/">Home</a></li></ul></nav></header>
<main id="main">
<h1>Low water</h1>
BODY
</main>
<footer><p>Written by hand.</p></footer>
</body>
</html>
"""
BODY_LINE = GOOD.splitlines().index("BODY") + 1
"""The line of a page made by `page` on which its body begins."""

CONFIG = SiteConfig(
    title="Tides",
    url="https://example.org",
    counter=CounterSettings(enabled=False),
    contact=ContactSettings(enabled=False),
)


def page(body: str = "<p>Twice a day.</p>", **changes: str) -> str:
    """Return the good page with another body, title, description, kind or canonical address."""
    html = GOOD.replace("BODY", body)
    for name, value in changes.items():
        before = {
            "title": "<title>Low water</title>",
            "description": "What the harbour shows twice a day.",
            "kind": 'data-kind="page"',
            "canonical": "https://example.org/",
        }[name]
        after = {"title": f"<title>{value}</title>", "kind": f'data-kind="{value}"'}
        assert before in html
        html = html.replace(before, after.get(name, value), 1)
    return html


def found(html: str | bytes, path: str = "a/index.html") -> list[tuple[int, str]]:
    """Return line and code of everything that is wrong with one page."""
    raw = html if isinstance(html, bytes) else html.encode()
    return [(each.line, each.code) for each in examine(path, raw).problems]


def facts(**pages: str) -> dict[str, PageFacts]:
    """Examine pages; `home` is the landing page, `a_b` is `a/b/index.html`."""
    paths = {
        name: "index.html" if name == "home" else f"{name.replace('_', '/')}/index.html"
        for name in pages
    }
    return {paths[name]: examine(paths[name], html.encode()) for name, html in pages.items()}


def check_site(
    facts: Mapping[str, PageFacts],
    paths: Collection[str],
    redirects: Mapping[str, str],
    config: SiteConfig,
    landing_text: Sequence[str] = (),
) -> list[Problem]:
    """Return everything that is wrong with a site, the pages' own problems included, sorted.

    Each of `landing_text` must be readable on the landing page.
    """
    site = Site(
        facts=facts,
        cards={path: card_of(page) for path, page in facts.items()},
        paths=frozenset(paths),
        redirects=redirects,
        config=config,
    )
    problems = [found for page in facts.values() for found in page.problems]
    addresses, judge = Addresses(site.paths, redirects, config), Judge("", config)
    for path in facts:
        problems += check_references(path, site, addresses, judge)
    problems += check_whole(site, addresses, landing_text)
    return sorted(set(problems))
