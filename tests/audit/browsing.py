"""Each page in a browser: axe, weight as sent, shifts, the console, and whom it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from playwright.sync_api import Page, Request, sync_playwright

from tests.audit.findings import (
    ENGINES,
    LAYOUT_SHIFT,
    PAGE_BYTES,
    SCRIPT_BYTES,
    Finding,
    Report,
)
from tests.support import fonts
from tests.support.sample import FLAGS
from tests.support.tools import chromium, npm_package

AXE = "4.14.1"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
WEIGHED = ("document", "stylesheet", "script", "font", "fetch", "xhr", "manifest")
SHIFTS = """
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
        const who = entry.sources.map((source) => source.node?.outerHTML?.slice(0, 80));
        (window.shifts ||= []).push([entry.value, who.join(" ")]);
    }
}).observe({ type: "layout-shift", buffered: true });
"""
SCROLL = """async () => {
    for (let y = 0; y < document.body.scrollHeight; y += 700) {
        scrollTo({ top: y, behavior: "instant" });
        await new Promise(requestAnimationFrame);
    }
    await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
}"""


@dataclass
class _Visit:
    """What happened while one page was looked at."""

    sizes: list[tuple[str, str, int]] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    under_way: int = 0


def browse(url: str, paths: Iterable[str], report: Report) -> None:
    """Look at every page and add what was measured and found to the report."""
    axe = (npm_package("axe-core", AXE) / "axe.min.js").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=FLAGS, env=fonts.environment()
        )
        context = browser.new_context(device_scale_factor=2)
        context.add_init_script(SHIFTS)
        page = context.new_page()
        forget = _forgetting(page, url)
        visits = [_Visit()]
        _listen(page, url, visits)
        for path in paths:
            forget()
            visits.append(_Visit())
            _look_at(page, url, path, visits[-1], axe, report)
        browser.close()


def _forgetting(page: Page, url: str) -> Callable[[], None]:
    """Return what makes a browser that of a reader who comes to a site for the first time.

    A browser that begins anew for each page, and reads axe anew, takes half as long again.
    """
    session = page.context.new_cdp_session(page)
    everything = {"origin": _origin(url), "storageTypes": "all"}

    def forget() -> None:
        page.set_content("")  # not about:blank, which takes another process
        session.send("Storage.clearDataForOrigin", everything)
        session.send("Network.clearBrowserCache")
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="null", reduced_motion="null")

    return forget


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])


def _look_at(page: Page, url: str, path: str, visit: _Visit, axe: str, report: Report) -> None:
    page.goto(url + path, wait_until="load")
    _wait_until_quiet(page, visit)
    before_scrolling = list(visit.sizes)
    page.evaluate(SCROLL)
    _wait_until_quiet(page, visit)
    shifts = page.evaluate("window.shifts || []")
    _weigh(path, before_scrolling, report)
    total = sum(value for value, _ in shifts)
    report.note(path, "shift", f"{total:.3f}")
    if total > LAYOUT_SHIFT:
        culprits = "; ".join(dict.fromkeys(who for _, who in shifts))
        report.add([Finding(path, "shift", f"{total:.4f}: {culprits}")])
    report.note(path, "console", str(len(visit.console)))
    report.add(Finding(path, "console", text) for text in visit.console)
    report.note(path, "hosts", str(len(visit.elsewhere)))
    report.add(Finding(path, "hosts", address) for address in visit.elsewhere)
    _ask_axe(page, path, axe, report)


def _listen(page: Page, url: str, visits: list[_Visit]) -> None:
    """Let what happens be added to the last of the visits."""
    origin = f"{_origin(url)}/"

    def finished(request: Request) -> None:
        kind = "script" if request.url.endswith((".js", ".mjs")) else request.resource_type
        if kind in WEIGHED:
            size = request.sizes()["responseBodySize"]
            visits[-1].sizes.append((request.url, kind, size))
        visits[-1].under_way -= 1

    def failed(_: Request) -> None:
        visits[-1].under_way -= 1

    def begun(request: Request) -> None:
        visits[-1].under_way += 1
        if not request.url.startswith((origin, "data:", "blob:")):
            visits[-1].elsewhere.append(request.url)

    page.on("requestfinished", finished)
    page.on("requestfailed", failed)
    page.on("request", begun)
    page.on("console", lambda said: visits[-1].console.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: visits[-1].console.append(str(error)))


def _wait_until_quiet(page: Page, visit: _Visit) -> None:
    """Wait until nothing is asked for any more, such as a count that comes after the page."""
    for _ in range(100):
        page.wait_for_timeout(50)
        if visit.under_way <= 0:
            return


def _weigh(path: str, sizes: list[tuple[str, str, int]], report: Report) -> None:
    own = [
        (kind, size)
        for address, kind, size in sizes
        if not any(engine in address for engine in ENGINES)
    ]
    whole = sum(size for _, size in own)
    script = sum(size for kind, size in own if kind == "script")
    engines = sum(size for _, _, size in sizes) - whole
    report.note(path, "KB", f"{whole / 1024:.1f}")
    report.note(path, "JS KB", f"{script / 1024:.1f}")
    report.note(path, "engines", f"{engines / 1024:.0f}" if engines else "")
    for tool, size, most in (("weight", whole, PAGE_BYTES), ("script", script, SCRIPT_BYTES)):
        if size > most:
            message = f"{size:,} bytes as sent, of at most {most:,}"
            report.add([Finding(path, tool, message)])


def _ask_axe(page: Page, path: str, axe: str, report: Report) -> None:
    """Run axe, light on a phone and dark on a desk.

    It is evaluated by the debugger, not loaded by the page, which so keeps its security policy.
    """
    page.evaluate(f"() => {{ {axe} }}")
    found = 0
    for scheme, viewport in (("light", PHONE), ("dark", DESK)):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        result = page.evaluate("axe.run({ resultTypes: ['violations'] })")
        for violation in result["violations"]:
            found += 1
            nodes = " ".join(node["html"][:120] for node in violation["nodes"][:3])
            message = f"{violation['id']} ({scheme}): {violation['help']}: {nodes}"
            report.add([Finding(path, "axe", message)])
    report.note(path, "axe", str(found))
