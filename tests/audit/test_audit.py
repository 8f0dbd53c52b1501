"""The sample site has no breach; and each tool sees a breach where there is one."""

from __future__ import annotations

import random
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from generator.publish.headers import headers_for
from tests.audit import __main__ as command
from tests.audit import audit, base_of, browsing, lighthouse, server
from tests.audit.findings import ADVICE, GOOD, PERFORMANCE, Finding, Report
from tests.audit.server import served
from tests.support.sample import KINDS, built_sample, page_paths

pytestmark = pytest.mark.xdist_group("audit")

IN_LIGHTHOUSE = ("home", "post", "contact", "posts", "not-found")
"""Lighthouse takes seconds a page: here it looks at one page of a kind, by `make audit` at all."""

BAD_PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><title>Bad</title><link rel="stylesheet" href="/bad.css">
<script src="/late.js" defer></script></head>
<body><main><h1>Bad</h1><a href="/bad.css"></a><p id="late"></p><p>Text that moves.</p>
<img src="/a.png">
<img src="https://elsewhere.invalid/b.png" alt=""><script>document.title = "inline"</script>
</main></body></html>
"""
LATE = """
addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(() => {
    document.querySelector("#late").style.height = "300px";
})));
"""
GOOD_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Good</title>
<meta name="viewport" content="width=device-width"><meta name="description" content="A page.">
<link rel="stylesheet" href="/own.css"><script src="/own.js"></script></head>
<body><main><h1>Good</h1><p>Text.</p></main></body></html>
"""
"""With a style and a script that it waits for before it shows anything."""


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_sample(tmp_path_factory)


@pytest.fixture(scope="module")
def report(sample: Path) -> Report:
    return audit(sample, in_lighthouse=[KINDS[name] for name in IN_LIGHTHOUSE], steady=True)


def test_the_sample_site_has_no_breach(report: Report) -> None:
    assert not report.findings, f"\n{report.table()}\n{report.told()}"


def test_every_page_was_looked_at_by_every_tool(report: Report, sample: Path) -> None:
    assert set(report.cells) == set(page_paths(sample))
    looked_at = {KINDS[name] for name in IN_LIGHTHOUSE}
    for path, row in report.cells.items():
        assert {"html", "axe", "KB", "JS KB", "shift", "console", "hosts"} <= set(row), path
        assert ("perf" in row) == (path in looked_at), path
    table = report.table().splitlines()
    assert len(table) == len(report.cells) + 1
    assert table[0].split()[:2] == ["page", "html"]


def test_each_tool_sees_a_breach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lighthouse, "ATTEMPTS", 1)  # to save time: no score is good enough here
    files = {
        "index.html": BAD_PAGE,
        "bad.css": "p { colour: red }",
        "late.js": LATE + "/* " + " ".join(map(str, range(20_000))) + " */",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    report = audit(tmp_path)
    told = {finding.tool for finding in report.findings}
    assert told == set(ADVICE)
    categories = [f.message.split()[0] for f in report.findings if f.tool == "lighthouse"]
    assert {"accessibility", "best-practices", "seo", "agentic-browsing"} <= set(categories)
    for tool, advice in ADVICE.items():
        assert f": {tool}: " in report.told()
        assert advice in report.told()


@pytest.mark.parametrize(("steady", "breaches"), [(True, {"/heavy/"}), (False, {"/busy/"})])
def test_performance_goes_by_bytes_and_by_the_clock_only_when_asked(
    steady: bool, breaches: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(key: str, *arguments: Any, **options: Any) -> Any:
        time.sleep(0.8 if "busy" in key else 0)
        return headers_for(key, *arguments, **options)

    monkeypatch.setattr(server, "headers_for", late)
    monkeypatch.setattr(lighthouse, "ATTEMPTS", 1)
    megabyte = random.Random(1).randbytes(900_000).hex()  # as sent; sooner read than rules
    files = {
        "own.css": "p { color: black }",
        "own.js": "document.title += '.';",
        "heavy/index.html": GOOD_PAGE.replace("own.css", "heavy.css"),
        "heavy.css": f"p {{ color: black }} /* {megabyte} */",
        "busy/index.html": GOOD_PAGE.replace("own.js", "busy.js"),
        "busy.js": "for (const begun = Date.now(); Date.now() < begun + 1_000; );",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    report = Report()
    with served(tmp_path) as url:
        pages = ["/heavy/", "/busy/"] if steady else ["/busy/"]
        lighthouse.measure(url, pages, tmp_path, report, steady=steady)
    scores = {page: int(row["perf"]) for page, row in report.cells.items()}
    least = GOOD if steady else PERFORMANCE
    assert {page for page, score in scores.items() if score < least} == breaches, scores
    told = [finding for finding in report.findings if finding.message.startswith("performance")]
    assert {finding.page for finding in told} == breaches
    assert all("Contentful Paint" in finding.message for finding in told), told


def test_what_an_engine_weighs_is_told_but_not_limited(tmp_path: Path) -> None:
    page = BAD_PAGE.replace("/late.js", "/katex.js")
    (tmp_path / "index.html").write_text(page)
    (tmp_path / "katex.js").write_text("/* " + " ".join(map(str, range(20_000))) + " */")
    report = Report()
    with served(tmp_path) as url:
        browsing.browse(url, ["/"], report)
    assert report.cells["/"]["JS KB"] == "0.0"
    assert int(report.cells["/"]["engines"]) > 20
    assert not {"weight", "script"} & {finding.tool for finding in report.findings}


def test_each_page_is_looked_at_as_by_a_reader_who_was_never_here(tmp_path: Path) -> None:
    numbers = " ".join(map(str, range(5_000)))
    told = "innerWidth, dark.matches, still.matches, localStorage.been, document.cookie"
    files = {
        "index.html": GOOD_PAGE,
        "again/index.html": GOOD_PAGE,
        "own.css": f"/* {numbers} */",
        "own.js": f"""/* {numbers} */
const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion)");
console.log([{told}].join());
localStorage.been = document.cookie = "been=here";
""",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    report = Report()
    with served(tmp_path) as url:
        browsing.browse(url, ["/", "/again/", "/"], report)
    assert report.cells["/"] == report.cells["/again/"]
    assert float(report.cells["/"]["KB"]) > 2 * float(report.cells["/"]["JS KB"]) - 1 > 10
    said = [finding.message for finding in report.findings if finding.tool == "console"]
    assert said == ["log: 360,false,false,,"] * 3


def test_the_server_answers_as_the_published_site_does(sample: Path) -> None:
    with served(sample) as url:
        request = urllib.request.Request(f"{url}/about", headers={"Accept-Encoding": "gzip, br"})
        with urllib.request.urlopen(request) as answer:
            assert answer.url == f"{url}/about/"
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.headers["Cache-Control"] == "public, max-age=60, s-maxage=86400"
            assert "script-src" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["permissions-policy"]
        style = next((sample / "assets" / "css").glob("site.*.css"))
        with urllib.request.urlopen(f"{url}/assets/css/{style.name}") as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["Content-Encoding"] is None
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{url}/nothing/")


def test_a_site_below_a_path_is_served_there(tmp_path: Path) -> None:
    page = '<!doctype html><link rel="stylesheet" href="/docs/assets/css/a.css">Here'
    (tmp_path / "index.html").write_text(page)
    (tmp_path / "404.html").write_text("<!doctype html>Nowhere")
    base = base_of(tmp_path)
    with served(tmp_path, base) as url:
        assert url.endswith("/docs")
        with urllib.request.urlopen(f"{url}/") as answer:
            assert answer.read().decode() == page
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(url.removesuffix("docs"))


def test_a_finding_is_told_with_what_to_do() -> None:
    report = Report(findings=[Finding("/a/", "weight", "30,000 bytes"), Finding("/", "axe", "x")])
    assert report.told() == (
        f"/: axe: x\n    {ADVICE['axe']}\n/a/: weight: 30,000 bytes\n    {ADVICE['weight']}"
    )


@pytest.mark.parametrize(
    ("findings", "code", "last"),
    [([], 0, "No breach."), ([Finding("/", "axe", "x")], 1, "Breaches: 1.")],
)
def test_the_command_ends_with_1_on_a_breach(
    findings: list[Finding],
    code: int,
    last: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    asked = []

    def fake(built: Path, **options: object) -> Report:
        asked.append((built, options["in_lighthouse"]))
        return Report(cells={"/": {"axe": str(len(findings))}}, findings=findings)

    monkeypatch.setattr(command, "audit", fake)
    assert command.main([str(tmp_path), "--quick"]) == code
    assert asked == [(tmp_path, [])]
    printed = capsys.readouterr().out
    assert printed.startswith("page  axe\n/       ")
    assert printed.splitlines()[-1] == last
