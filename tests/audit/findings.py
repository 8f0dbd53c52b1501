"""What the tools say of pages, and the limits that pages are held to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

PAGE_BYTES = 20 * 1024
"""HTML, styles, scripts and fonts of a page as they are sent: all that comes before pictures."""

SCRIPT_BYTES = 3840
"""JavaScript of a page as it is sent."""

LAYOUT_SHIFT = 0.0005
"""Cumulative layout shift (web.dev/articles/cls) that a browser's rounding may come to: none."""

PERFORMANCE, FULL = 99, 100
"""Lighthouse's scores on a phone: the least for performance, and for all else."""

GOOD = 90
"""What Lighthouse itself calls good ("Lighthouse performance scoring"): the least for performance
where the machine is busy. Which requests come before the largest paint goes by their order then."""

ENGINES = ("pagefind", "mermaid", "katex", "mathjax", "/css/math.", "/fonts/math")
"""What only some pages load and the limits of weight do not count; the files' names tell."""

ADVICE = {
    "html": "correct the template, or the HTML in the document; the message names both",
    "css": "correct static/css/; what is too new for the checker has to wait until it knows it",
    "axe": "the rule's name leads to its page: https://dequeuniversity.com/rules/axe/4.11/RULE",
    "lighthouse": "look at the page with Lighthouse in Chromium's developer tools for the details",
    "weight": "load a style or script only on pages that use it, or write less of it",
    "script": "do it in HTML and CSS, or load it only on the pages that need it",
    "shift": "give what comes late its size from the start: width and height, or min-height",
    "console": "correct what the browser complains of; the security policy forbids inline code",
    "hosts": "bring the file into static/: a reader's browser asks nobody but this site",
}
"""Tool -> what to do about what it finds."""


@dataclass(frozen=True)
class Finding:
    """One breach. `page` is the path of a page, or of a file that is none."""

    page: str
    tool: str
    message: str


@dataclass
class Report:
    """What was measured of each page, column by column, and the breaches."""

    cells: dict[str, dict[str, str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def note(self, page: str, column: str, value: str) -> None:
        """Put a value into the table."""
        self.cells.setdefault(page, {})[column] = value

    def add(self, findings: Iterable[Finding]) -> None:
        """Take note of breaches."""
        self.findings += findings

    def table(self) -> str:
        """Return pages by tools, as text."""
        columns = list(dict.fromkeys(name for row in self.cells.values() for name in row))
        rows = [["page", *columns]]
        rows += [
            [page, *(row.get(name, "") for name in columns)]
            for page, row in sorted(self.cells.items())
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for number, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        )

    def told(self) -> str:
        """Return the breaches with what to do, each kind of advice once."""
        lines = []
        for tool, advice in ADVICE.items():
            own = [finding for finding in self.findings if finding.tool == tool]
            lines += [f"{finding.page}: {tool}: {finding.message}" for finding in own]
            if own:
                lines.append(f"    {advice}")
        return "\n".join(lines)
