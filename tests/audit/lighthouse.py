"""Lighthouse (developer.chrome.com/docs/lighthouse) on pages as a phone sees them.

Lighthouse's own settings for a phone are used: a page is loaded once and then reckoned for a slow
4G network and a processor four times slower ("simulate"), so the score is the one that others get.
Real throttling takes several times as long for the same judgement; none at all would give every
page full marks. What stands apart from the defaults, and why:

- a page that asks search engines not to list it is not held to be listed (`is-crawlable`);
- Lighthouse waits a quarter of a second for a page to stay quiet, not a whole one: nothing here
  begins by itself later;
- a score of performance below the limit is measured again, twice at most, and the best counts:
  noise of the machine makes a page slower, never faster.

Four times the time that a busy machine took is no property of a page. `steady`, as the test suite
asks, leaves out all that goes by this machine's clock (`STEADY`, `OBSERVED`): what remains are a
page's requests, their order, their bytes on the phone's slow network, and what moves.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.audit.findings import FULL, GOOD, PERFORMANCE, Finding, Report
from tests.support import fonts
from tests.support.sample import FLAGS, soup_of
from tests.support.tools import chromium, node22, npm_package

VERSION = "13.5.0"
"""Wants Node.js 22.19 or newer, which many systems do not have: `node22` brings one."""

ATTEMPTS = 3
STEADY = {
    # The network is Lighthouse's own for a phone; no time of this machine's processor counts.
    "throttling": {"rttMs": 150, "throughputKbps": 1638.4, "cpuSlowdownMultiplier": 0},
    # No time either that this machine took to answer: Lighthouse's 30 ms for each request instead.
    "precomputedLanternData": {"additionalRttByOrigin": {}, "serverResponseTimeByOrigin": {}},
}
OBSERVED = ["total-blocking-time", "speed-index"]
"""Parts of the score that are this machine's times alone; without them, the others weigh more."""

COLUMNS = {
    "performance": "perf",
    "accessibility": "a11y",
    "best-practices": "best",
    "seo": "seo",
    "agentic-browsing": "agent",
}


def measure(
    url: str, paths: Iterable[str], built: Path, report: Report, *, steady: bool = False
) -> None:
    """Run Lighthouse on pages of a site that is served, with one browser for all."""
    wanted = list(paths)
    if not wanted:
        return
    performance = GOOD if steady else PERFORMANCE
    left_out = OBSERVED if steady else []
    order = {
        "attempts": ATTEMPTS,
        "categories": list(COLUMNS),
        "performance": performance,
        "chromeFlags": FLAGS,
        "settings": STEADY if steady else {},
        "pages": [
            {
                "url": url + path,
                "skipAudits": [*left_out, *(["is-crawlable"] if _hidden(built, path) else [])],
            }
            for path in wanted
        ],
    }
    script = Path(__file__).with_name("lighthouse.mjs")
    command = [node22(), script, npm_package("lighthouse", VERSION), chromium()]
    result = subprocess.run(
        list(map(str, command)),
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=120 + 60 * len(wanted),
        env=fonts.environment(),
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for line in result.stdout.splitlines():
        _judge(json.loads(line), url, report, performance)


def _hidden(built: Path, path: str) -> bool:
    robots = soup_of(built, path).select_one("meta[name=robots]")
    return robots is not None and "noindex" in str(robots["content"])


def _judge(found: dict[str, object], url: str, report: Report, performance: int) -> None:
    path = str(found["url"]).removeprefix(url)
    scores, faults = found["scores"], found["faults"]
    assert isinstance(scores, dict)
    assert isinstance(faults, list)
    if found["error"]:
        report.add([Finding(path, "lighthouse", str(found["error"]))])
    for category, column in COLUMNS.items():
        score = scores[category]
        report.note(path, column, str(score))
        if score >= (performance if category == "performance" else FULL):
            continue
        why = "; ".join(
            " ".join([fault["title"], fault["value"], *map(str, fault["where"])]).strip()
            for fault in faults
            if fault["category"] == category
        )
        report.add([Finding(path, "lighthouse", f"{category} {score}: {why}")])
