"""Measures a site that can be searched beside one that cannot, and beside Hugo with Pagefind.

    python bench/search.py --posts 1000 10000 --rounds 3 [--no-peer]

The posts are real ones where ../shared/bench/real_corpus.py lies beside the checkout, and made ones
else. A clean build is made first by each; then the body of one post is edited before each round, in
its middle. Hugo builds everything, and Pagefind's program indexes it. Prints Markdown: medians of
the CPU time of all processes, of wall time, their ratios, and what a search asks for.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench import report, sites  # noqa: E402
from bench.build import _clean, _middle_post, _run, corpus_of  # noqa: E402
from bench.peers.hugo import hugo  # noqa: E402
from bench.tool import Tool  # noqa: E402

Times = dict[tuple[str, str], list[tuple[float, float]]]
"""CPU and wall seconds of each round, by work and program."""


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--posts", type=int, nargs="+", default=[1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clean", type=int, default=1, help="rounds of clean builds")
    parser.add_argument("--tools", type=Path, default=ROOT / ".tidepost/tools/bench")
    parser.add_argument("--no-peer", action="store_true", help="without Hugo and Pagefind")
    given = parser.parse_args()
    tools = [_with("search: true"), _with("search: false")]
    if not given.no_peer:
        tools.append(_with_pagefind(hugo(given.tools.absolute())))
    print(report.machine() + report.versions(tools))
    for count in given.posts:
        with tempfile.TemporaryDirectory(prefix="tidepost-bench-") as folder:
            print(_compare(tools, count, given.rounds, given.clean, Path(folder)), flush=True)


def _with(setting: str) -> Tool:
    plain = sites.tidepost()

    def set_up(site: Path) -> None:
        plain.set_up(site)
        with (site / "site.yaml").open("a", encoding="utf-8") as settings:
            settings.write(f"{setting}\n")

    return dataclasses.replace(plain, name=f"Tidepost, `{setting}`", set_up=set_up)


def _with_pagefind(plain: Tool) -> Tool:
    both = '"$@" && "$0" -m pagefind_bin --site public'
    command = ["sh", "-c", both, sys.executable, *plain.build]
    return dataclasses.replace(plain, name="Hugo and Pagefind", build=command)


def _compare(tools: list[Tool], count: int, rounds: int, clean: int, folder: Path) -> str:
    times: Times = {}
    places = {tool.name: folder / str(number) for number, tool in enumerate(tools)}
    for tool in tools:
        site = places[tool.name]
        sites.write_posts(site / tool.posts, count, tool.flavour, corpus_of(None, made=False))
        tool.set_up(site)
    for turn in range(clean + rounds):
        work = "clean" if turn < clean else "one post's body edited"
        for tool in tools:
            if turn < clean:
                _clean(tool, places[tool.name], turn)
            else:
                _edit(_middle_post(tool, places[tool.name]), turn)
            took, cpu, _ = _run(tool.build, places[tool.name])
            times.setdefault((work, tool.name), []).append((cpu, took))
            print(f"{count} {work}: {tool.name} {cpu:.2f} s of CPU, {took:.2f} s", file=sys.stderr)
    return f"## {count:,} posts\n\n" + _table(times, tools) + _files(places[tools[0].name])


def _edit(post: Path, turn: int) -> None:
    """Put a paragraph into the middle of a post: all words behind it stand at other places."""
    head, _, body = post.read_text(encoding="utf-8").partition("\n\n")
    paragraphs = re.split(r"\n\n(?=[A-Z])", body)
    paragraphs.insert(len(paragraphs) // 2, f"In round {turn} a barnacle was added.")
    post.write_text("\n\n".join((head, *paragraphs)), encoding="utf-8")


def _table(times: Times, tools: list[Tool]) -> str:
    first = tools[0].name
    others = [tool.name for tool in tools[1:]]
    ratios = [f"to {name}" for name in others]
    rows = [
        "| CPU s (wall s) | " + " | ".join([first, *others, *ratios]) + " |",
        "|---|" + "--:|" * (len(tools) + len(others)),
    ]
    for work in dict.fromkeys(work for work, _ in times):
        cpu = {tool.name: median(one for one, _ in times[work, tool.name]) for tool in tools}
        wall = {tool.name: median(one for _, one in times[work, tool.name]) for tool in tools}
        cells = [f"{cpu[name]:.2f} ({wall[name]:.2f})" for name in (first, *others)]
        cells += [f"{cpu[first] / cpu[name]:.2f}" for name in others]
        rows.append(f"| {work}, {len(times[work, first])} rounds | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _files(site: Path) -> str:
    """Return how large the index is."""
    files = [file.stat().st_size for file in (site / "_site/pagefind/index").iterdir()]
    return (
        f"\nThe index has {len(files):,} files of words, {sum(files) / 1e6:.1f} MB in all, half of"
        f" them smaller than {median(files) / 1e3:.1f} KB.\n"
    )


if __name__ == "__main__":
    main()
