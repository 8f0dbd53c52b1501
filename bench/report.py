"""What bench/build.py prints, as Markdown: the tables, and what was measured where."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
from dataclasses import dataclass, field
from importlib.metadata import version as installed
from pathlib import Path

from bench.tool import ENVIRONMENT, Tool

GOALS = {
    "clean": 1.0,
    "one post's body edited": 0.05,
    "one post's title edited": 0.08,
    "nothing changed": 0.03,
}
"""The most that Tidepost may take, as a ratio to the fastest peer with 10,000 posts."""

START_UP_GOAL = 0.12
"""Seconds that `--version` may take."""

LIBRARIES = ("jinja2", "markdown", "pygments", "pymdown-extensions", "pyromark")
"""Whose versions decide on what is measured."""

_COLOURED = re.compile(r'<span class="(?:token |[a-z]{1,2}[0-9]?")')


@dataclass
class Measured:
    """Wall times and CPU times in seconds by work, and the most memory of a clean build in MB."""

    times: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)


def table(count: int, rounds: int, results: dict[str, Measured]) -> str:
    """Return what each program took for each work, and how Tidepost's times compare."""
    names = list(results)
    peers = [name for name in names if not name.startswith("Tidepost")]
    ours = [name for name in names if name.startswith("Tidepost")] if peers else []
    compared = [f"{name} to the fastest peer" for name in ours]
    lines = [
        f"\n## {count:,} posts, {f'medians of {rounds} rounds' if rounds > 1 else 'one round'}\n",
        f"| | {' | '.join([*names, *compared])} | goals |",
        f"|---|{'--:|' * (len(names) + len(ours))}---|",
    ]
    works = list(next(iter(results.values())).times)
    for work in works:
        median = {name: statistics.median(results[name].times[work]) for name in names}
        cells = [
            f"{median[name]:.2f} s ({min(results[name].times[work]):.2f}"
            f"-{max(results[name].times[work]):.2f})"
            for name in names
        ]
        fastest = min((median[name] for name in peers), default=0.0)
        ratios = [f"{median[name] / fastest:.3f}" for name in ours]
        lines.append(f"| {work} | {' | '.join([*cells, *ratios])} | {_goals(work, count)} |")
        spent = {name: statistics.median(results[name].cpu[work]) for name in names}
        fastest = min((spent[name] for name in peers), default=0.0)
        ratios = [f"{spent[name] / fastest:.3f}" for name in ours]
        cells = [f"{spent[name]:.2f} s" for name in names]
        lines.append(f"| {work}, CPU | {' | '.join([*cells, *ratios])} | |")
    used = {name: statistics.median(results[name].memory) for name in names}
    ratios = [f"{used[n] / used['Hugo']:.2f} of Hugo's" if "Hugo" in used else "" for n in ours]
    memory = [f"{used[name]:.0f} MB" for name in names]
    lines.append(f"| most memory, clean | {' | '.join([*memory, *ratios])} | 0.3 of Hugo's |")
    return "\n".join(lines) + "\n"


def _goals(work: str, count: int) -> str:
    """Return what was aimed at, as ratios to the fastest peer; most goals are for 10,000 posts."""
    if work.startswith("start-up"):
        return f"{START_UP_GOAL} s"
    if count == 1_000:
        return "0.8" if work == "clean" else ""
    return f"{GOALS[work]}" if count == 10_000 and work in GOALS else ""


def contents(tools: list[Tool], places: dict[str, Path]) -> str:
    """Return what the sites have in them, and how they differ in it."""
    lines = [
        "\nWhat the sites have in them, for they are not the same:\n",
        "| | files | HTML pages | MB | median page, bytes | coloured code |",
        "|---|--:|--:|--:|--:|---|",
    ]
    for tool in tools:
        made = places[tool.name] / tool.made
        files = [path for path in made.rglob("*") if path.is_file()]
        pages = [path for path in files if path.suffix == ".html"]
        sizes = sorted(path.stat().st_size for path in pages)
        coloured = sum(bool(_COLOURED.search(page.read_text("utf-8"))) for page in pages)
        total = sum(path.stat().st_size for path in files) / 1e6
        lines.append(
            f"| {tool.name} | {len(files):,} | {len(pages):,} | {total:.1f} |"
            f" {sizes[len(sizes) // 2]:,} | on {coloured:,} pages |"
        )
    lines.append(
        "\nThe peers' layouts are a few lines each: title, content, tags, a link to a neighbour,"
        " lists of ten, a feed. Tidepost's is its default theme, and its build also checks every"
        " page and link, minifies and fingerprints assets, and writes three feeds, a sitemap and"
        " structured data. Only its site has the pictures that the posts show, since it looks for"
        " them.\n"
    )
    lines += [f"- {tool.name} {tool.remark}." for tool in tools if tool.remark]
    return "\n".join(lines).rstrip() + "\n"


def versions(tools: list[Tool]) -> str:
    """Return the programs' versions, as a list."""
    lines = []
    for tool in tools:
        shown = subprocess.run(
            tool.version, env=ENVIRONMENT, capture_output=True, text=True, check=True
        ).stdout
        lines.append(f"- {tool.name}: {shown.strip().splitlines()[0]}")
    libraries = ", ".join(f"{name} {installed(name)}" for name in LIBRARIES)
    return "\n".join([*lines, f"- Python {platform.python_version()}, {libraries}"]) + "\n"


def machine() -> str:
    """Return the machine's processors, memory and system, and how busy it is now."""
    model = platform.processor() or platform.machine()
    memory = ""
    if (info := Path("/proc/cpuinfo")).is_file():
        found = re.search(r"model name\s*: (.*)", info.read_text())
        model = found[1] if found else model
        total = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
        memory = f", {int(total[1]) / 1e6:.0f} GB" if total else ""
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    system = f"{platform.system()} {platform.release()}"
    return f"{os.cpu_count()} cores of {model}{memory}, {system}{load}.\n\n"
