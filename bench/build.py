"""Measures building a site beside Hugo, Eleventy and Pelican, on the same posts, in turn.

    python bench/build.py --posts 1000 10000 --rounds 3 [--corpus SCRIPT] [--out bench/RESULTS.md]
    python bench/build.py --posts 1000 --profile build.prof     Tidepost alone, in one process

The peers are installed into .tidepost/tools/bench where they are missing. Every round does all
works with every program, one after the other, so that what else the machine does meets them all.
Nothing is deleted before the end, and what a program wrote is on the disk before the next begins:
ext4 makes files many times more slowly for half a minute after others were deleted.
Prints Markdown: medians of wall time, ratios to the fastest peer, the most memory of all processes
together (Linux), versions, the machine, and what the sites have in them.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench import sites  # noqa: E402
from bench.sites import Tool  # noqa: E402

COMMONMARK_GOALS = {"clean": 0.35}
"""The same for Tidepost with its CommonMark engine."""

START_UP_GOAL = 0.12
"""Seconds that `--version` may take."""

GOALS = {
    "clean": 1.0,
    "one post's body edited": 0.05,
    "one post's title edited": 0.08,
    "nothing changed": 0.03,
}
"""The most that Tidepost may take, as a ratio to the fastest peer with 10,000 posts."""


_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}
"""With that variable, Python would compile all of its sources anew each time."""

_COLOURED = re.compile(r'<span class="(?:token |[a-z]{1,2}[0-9]?")')


@dataclass
class Measured:
    """Wall times in seconds by work, and the most memory of a clean build in MB."""

    times: dict[str, list[float]] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--posts", type=int, nargs="+", default=[1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--corpus", type=Path, help="a script that writes posts: OUT N --flavour F")
    parser.add_argument("--peers", nargs="*", default=["hugo", "eleventy", "pelican"])
    parser.add_argument("--engines", nargs="+", default=["python-markdown", "commonmark"])
    parser.add_argument("--tools", type=Path, default=ROOT / ".tidepost/tools/bench")
    parser.add_argument("--out", type=Path, help="write the results here too")
    parser.add_argument("--profile", type=Path, help="profile one clean build of Tidepost into it")
    given = parser.parse_args()
    if given.profile:
        _profile(given.posts[0], given.corpus, given.profile.absolute())
        return
    tools = [sites.tidepost(engine) for engine in given.engines]
    tools += [getattr(sites, name)(given.tools.absolute()) for name in given.peers]
    text = "# Building a site, beside its peers\n\n" + _machine() + _versions(tools)
    for count in given.posts:
        with tempfile.TemporaryDirectory(prefix="tidepost-bench-") as folder:
            text += _compare(tools, count, given.rounds, given.corpus, Path(folder))
    print(text)
    if given.out:
        given.out.write_text(text, encoding="utf-8")


def _compare(tools: list[Tool], count: int, rounds: int, corpus: Path | None, folder: Path) -> str:
    results = {tool.name: Measured() for tool in tools}
    places = {tool.name: folder / str(number) for number, tool in enumerate(tools)}
    for tool in tools:
        site = places[tool.name]
        sites.write_posts(site / tool.posts, count, tool.flavour, corpus)
        tool.set_up(site)
    for turn in range(rounds):
        for work, prepare in WORKS.items():
            for tool in tools:
                site = places[tool.name]
                prepare(tool, site, turn)
                took, memory = _run(tool.build, site)
                results[tool.name].times.setdefault(work, []).append(took)
                if work == "clean":
                    results[tool.name].memory.append(memory)
                print(f"{count} {work}: {tool.name} {took:.2f} s", file=sys.stderr)
        for tool in tools:
            took, _ = _run(tool.version, places[tool.name])
            results[tool.name].times.setdefault("start-up (version)", []).append(took)
    return _table(count, rounds, results) + _contents(tools, places)


def _clean(tool: Tool, site: Path, turn: int) -> None:
    """Move what was made out of the way. The kernel looks at each inode that was freed lately when
    it wants a new one (`recently_deleted` in fs/ext4/ialloc.c), so nothing is deleted here."""
    old = site.with_name(f"{site.name}-before-{turn}")
    old.mkdir()
    for number, name in enumerate((tool.made, *tool.remembered)):
        path = site / name
        if path.exists():
            path.rename(old / str(number))


def _nothing(_tool: Tool, _site: Path, _turn: int) -> None:
    pass


def _edit_body(tool: Tool, site: Path, turn: int) -> None:
    post = _middle_post(tool, site)
    text = post.read_text(encoding="utf-8")
    post.write_text(f"{text}\nEdited in round {turn}.\n", encoding="utf-8")


def _edit_title(tool: Tool, site: Path, turn: int) -> None:
    post = _middle_post(tool, site)
    text = post.read_text(encoding="utf-8")
    retitled = re.sub(r'(?mi)^(title: *"?).*?("?)$', rf"\1Edited {turn}\2", text, count=1)
    assert retitled != text
    post.write_text(retitled, encoding="utf-8")


def _middle_post(tool: Tool, site: Path) -> Path:
    posts = sorted((site / tool.posts).glob("*.md"))
    return posts[len(posts) // 2]


WORKS: dict[str, Callable[[Tool, Path, int], None]] = {
    "clean": _clean,
    "nothing changed": _nothing,
    "one post's body edited": _edit_body,
    "one post's title edited": _edit_title,
}
"""In the order in which they are done, each by new processes, and what is done before each."""


def _run(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command; return its wall time in seconds and its processes' most memory in MB."""
    most = [0.0]
    if hasattr(os, "sync"):
        os.sync()
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            most[0] = max(most[0], _memory_of_session(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, errors = process.communicate()
    took = time.perf_counter() - start
    over.set()
    watcher.join()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{errors.decode(errors='replace')[-2000:]}")
    return took, most[0]


def _memory_of_session(session: int) -> float:
    """Return the resident memory in MB of all processes of a session; 0 where there is no /proc."""
    total = 0
    page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        if int(fields[3]) == session:
            total += int(fields[21]) * page
    return total / 1e6


def _table(count: int, rounds: int, results: dict[str, Measured]) -> str:
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
    goals = [f"{goal[work]}" for goal in (GOALS, COMMONMARK_GOALS) if work in goal]
    return " and ".join(goals) if count == 10_000 else ""


def _contents(tools: list[Tool], places: dict[str, Path]) -> str:
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
        " them."
    )
    return "\n".join(lines) + "\n"


def _versions(tools: list[Tool]) -> str:
    lines = []
    for tool in tools:
        shown = subprocess.run(tool.version, capture_output=True, text=True, check=True).stdout
        lines.append(f"- {tool.name}: {shown.strip().splitlines()[0]}")
    return "\n".join([*lines, f"- Python {platform.python_version()}"]) + "\n"


def _machine() -> str:
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


_ALONE = """
import cProfile, os, runpy, sys
os.cpu_count = lambda: 1  # so that all is done in this process, where the profiler sees it
out, *sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
profile = cProfile.Profile()
try:
    profile.runcall(runpy.run_path, sys.argv[0], run_name="__main__")
except SystemExit as end:
    sys.exit(end.code)
finally:
    profile.dump_stats(out)
"""


def _profile(count: int, corpus: Path | None, out: Path) -> None:
    tool = sites.tidepost()
    with tempfile.TemporaryDirectory(prefix="tidepost-bench-") as name:
        site = Path(name)
        sites.write_posts(site / tool.posts, count, tool.flavour, corpus)
        tool.set_up(site)
        python, program, *rest = tool.build
        subprocess.run(
            [python, "-c", _ALONE, str(out), program, *rest],
            cwd=site,
            env=_ENVIRONMENT,
            check=True,
        )
    print(f"python -m pstats {out}")


if __name__ == "__main__":
    main()
