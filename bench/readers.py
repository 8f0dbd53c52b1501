"""Measures reading Markdown beside the libraries, on the same posts, as CPU time.

Part of bench/build.py. Each post is read by every reader in turn, and the order turns with the
posts, so that what else the machine does meets them all: ratios of one run can be compared,
milliseconds of two runs cannot. Each round begins with new readers, whose set-up is not counted,
because a build reads each post once.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

Reader = Callable[[str], object]

STOCK = {
    "abbr": {},
    "admonition": {},
    "attr_list": {},
    "def_list": {},
    "footnotes": {},
    "md_in_html": {},
    "sane_lists": {},
    "tables": {},
    "toc": {},
    "pymdownx.highlight": {"guess_lang": False},
    "pymdownx.superfences": {},
    "pymdownx.tasklist": {},
    "pymdownx.tilde": {"subscript": False},
}
"""Python-Markdown's extensions for what docs/writing.md promises, with their settings."""

GOALS = {"stock": "<= 0.15", "smart": "<= 1.3", "numbered": "<= 1.3"}
"""What was aimed at."""

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def _tidepost(**settings: bool) -> Callable[[], Reader]:
    from generator.config.content import MarkdownSettings
    from generator.markdown.convert import make_converter

    def no_shortcode(name: str, _arguments: object, _body: str | None) -> str:
        return f"<b>{name}</b>"

    return lambda: make_converter(MarkdownSettings(**settings), no_shortcode)


def _stock() -> Reader:
    from markdown import Markdown

    made = Markdown(output_format="html", extensions=[*STOCK], extension_configs=STOCK)
    return lambda text: made.reset().convert(text)


def _pulldown() -> Reader:
    import pyromark

    options = (
        pyromark.Options.ENABLE_TABLES
        | pyromark.Options.ENABLE_FOOTNOTES
        | pyromark.Options.ENABLE_STRIKETHROUGH
        | pyromark.Options.ENABLE_TASKLISTS
    )
    return lambda text: pyromark.html(text, options=options)


def readers() -> dict[str, Callable[[], Reader]]:
    """Return what makes each reader."""
    return {
        "Tidepost": _tidepost(),
        "Tidepost, `smart: true`": _tidepost(smart=True),
        "Tidepost, `line_numbers: true`": _tidepost(line_numbers=True),
        "Python-Markdown, the same extensions": _stock,
        "pyromark alone, without colours": _pulldown,
    }


def texts_of(folder: Path, most: int) -> list[str]:
    """Return the bodies of at most `most` posts of a folder, spread evenly over them."""
    files = sorted(folder.glob("*.md"))
    step = max(1, len(files) // most)
    found = [_FRONT_MATTER.sub("", file.read_text(encoding="utf-8")) for file in files[::step]]
    return found[:most]


def measure(texts: list[str], rounds: int) -> dict[str, list[float]]:
    """Return each reader's CPU seconds for all texts, one figure a round."""
    makers = readers()
    names = list(makers)
    for make in makers.values():  # modules are imported, and lexers found
        reader = make()
        for text in texts[:20]:
            reader(text)
    results: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        made = {name: make() for name, make in makers.items()}
        spent = dict.fromkeys(names, 0)
        for number, text in enumerate(texts):
            turn = number % len(names)
            for name in (*names[turn:], *names[:turn]):
                start = time.process_time_ns()
                made[name](text)
                spent[name] += time.process_time_ns() - start
        for name in names:
            results[name].append(spent[name] / 1e9)
    return results


def section(folder: Path, most: int, rounds: int, corpus: str) -> str:
    """Return the section on Markdown of what bench/build.py prints."""
    texts = texts_of(folder, most)
    results = measure(texts, rounds)
    size = sum(map(len, texts)) / len(texts) / 1000
    of_rounds = f"medians of {rounds} rounds" if rounds > 1 else "one round"
    lines = [
        f"\n## Reading Markdown, {len(texts):,} posts of {size:.1f} KB, {of_rounds}\n",
        f"Posts: {corpus}. CPU time of one process.\n",
        "| | ms a post |",
        "|---|--:|",
    ]
    for name, seconds in results.items():
        each = [1000 * one / len(texts) for one in seconds]
        lines.append(
            f"| {name} | {statistics.median(each):.2f} ({min(each):.2f}-{max(each):.2f}) |"
        )
    lines += ["", "| ratio | | goal |", "|---|--:|--:|"]
    ours, smart, numbered, stock, plain = results
    for name, (above, below) in {
        "stock": (ours, stock),
        "plain": (ours, plain),
        "smart": (smart, ours),
        "numbered": (numbered, ours),
    }.items():
        ratios = [a / b for a, b in zip(results[above], results[below], strict=True)]
        goal = GOALS.get(name, "")
        lines.append(f"| {above} to {below} | {statistics.median(ratios):.2f} | {goal} |")
    return "\n".join(lines) + "\n"
