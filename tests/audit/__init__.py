"""The built site, held by tools to what a good page is: `make audit` runs them on every page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.audit import browsing, lighthouse, nu
from tests.audit.findings import Report
from tests.audit.server import served
from tests.support.sample import page_paths, soup_of


def audit(
    built: Path,
    *,
    in_lighthouse: Iterable[str] | None = None,
    steady: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Report:
    """Run all tools on all pages of a built site, Lighthouse on all or on those that are named.

    `steady`, Lighthouse judges by what a busy machine does not change.
    """
    report = Report()
    paths = page_paths(built)
    say(f"The Nu HTML checker on {len(paths)} pages ...")
    said = nu.check(built)
    counted = Counter(finding.page for finding in said)
    for path in paths:
        report.note(path, "html", str(counted[path]))
    report.add(said)
    with served(built, base_of(built)) as url:
        say("axe and the scales in a browser ...")
        browsing.browse(url, paths, report)
        chosen = paths if in_lighthouse is None else list(in_lighthouse)
        say(f"Lighthouse on {len(chosen)} pages ...")
        lighthouse.measure(url, chosen, built, report, steady=steady)
    return report


def base_of(built: Path) -> str:
    """Return the path below which a built site lives, such as `/docs`, or an empty text."""
    style = soup_of(built, "/").select_one("link[rel=stylesheet]")
    found = str(style["href"]).partition("/assets/")[0] if style else ""
    return found if found.startswith("/") and "." not in found else ""
