"""Measures building a site beside Hugo, Eleventy, Pelican, Zensical and Astro, on the same posts.

    python bench/build.py --posts 1000 10000 --rounds 3 [--corpus SCRIPT] [--out bench/RESULTS.md]
    python bench/build.py --posts 1000 --profile build.prof     Tidepost alone, in one process
    python bench/build.py --quick       Tidepost alone, in two minutes; `make bench-quick` does this

The posts are real ones where ../shared/bench/real_corpus.py lies beside the checkout, and made ones
else, or with --made; what is printed says which.
The peers are installed into .tidepost/tools/bench where they are missing. Those that are slow,
Zensical and Astro, are left out where there are more than 1,000 posts, unless --peers names them.
Every round does all works with every program, in turn, so that what else the machine does meets
them all.
Nothing is deleted before the end, and what a program wrote is on the disk before the next begins:
ext4 makes files many times more slowly for half a minute after others were deleted.
Prints Markdown: medians of wall time and of all processes' CPU time, ratios to the fastest of the
peers that were measured, the most memory of all processes together (Linux), versions, the machine,
what the sites have in them, and what reading Markdown takes beside the libraries
(bench/readers.py).
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench import readers, report, sites  # noqa: E402
from bench.peers import PEERS, SLOW  # noqa: E402
from bench.report import Measured  # noqa: E402
from bench.tool import ENVIRONMENT, Tool  # noqa: E402

MANY_POSTS = 1_000
"""With more posts than these, slow peers are measured only where they are asked for."""

REAL = ROOT.parent / "shared" / "bench" / "real_corpus.py"
"""Writes posts that people wrote, where it is there."""

READ_ROUNDS = 5
"""So often all posts are read for the section on Markdown."""


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--posts", type=int, nargs="+", default=[1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--corpus", type=Path, help="a script that writes posts: OUT N --flavour F")
    parser.add_argument("--made", action="store_true", help="made posts, also where real ones are")
    parser.add_argument("--read", type=int, default=400, help="posts for the section on Markdown")
    parser.add_argument("--quick", action="store_true", help="200 posts, one round, no peers")
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="all, but see above")
    parser.add_argument("--tools", type=Path, default=ROOT / ".tidepost/tools/bench")
    parser.add_argument("--out", type=Path, help="write the results here too")
    parser.add_argument("--profile", type=Path, help="profile one clean build of Tidepost into it")
    given = parser.parse_args()
    corpus = corpus_of(given.corpus, made=given.made)
    if given.profile:
        _profile(given.posts[0], corpus, given.profile.absolute())
        return
    if given.quick:
        given.posts, given.rounds, given.peers, given.read = [200], 1, [], 100
    names = _peers(given.peers, min(given.posts))
    peers = {name: PEERS[name](given.tools.absolute()) for name in names}
    ours = [sites.tidepost()]
    of = f"written by {corpus.name}" if corpus else "made by bench/sites.py"
    text = "# Building a site, beside its peers\n\n" + report.machine()
    text += report.versions([*ours, *peers.values()]) + f"- posts: {of}\n"
    for count in given.posts:
        tools = [*ours, *(peers[name] for name in _peers(given.peers, count))]
        with tempfile.TemporaryDirectory(prefix="tidepost-bench-") as folder:
            text += _compare(tools, count, given.rounds, corpus, Path(folder))
    with tempfile.TemporaryDirectory(prefix="tidepost-bench-") as folder:
        sites.write_posts(Path(folder), given.read, "jekyll", corpus)
        text += readers.section(Path(folder), given.read, READ_ROUNDS, of)
    print(text)
    if given.out:
        given.out.write_text(text, encoding="utf-8")


def corpus_of(given: Path | None, *, made: bool) -> Path | None:
    """Return the script that writes the posts; None where they are made here."""
    return given or (REAL if REAL.is_file() and not made else None)


def _peers(asked: list[str] | None, count: int) -> list[str]:
    """Return the names of the peers to be measured with so many posts."""
    if asked is not None:
        return asked
    return [name for name in PEERS if count <= MANY_POSTS or name not in SLOW]


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
                took, cpu, memory = _run(tool.build, site)
                results[tool.name].times.setdefault(work, []).append(took)
                results[tool.name].cpu.setdefault(work, []).append(cpu)
                if work == "clean":
                    results[tool.name].memory.append(memory)
                print(f"{count} {work}: {tool.name} {took:.2f} s", file=sys.stderr)
        for tool in tools:
            took, cpu, _ = _run(tool.version, places[tool.name])
            results[tool.name].times.setdefault("start-up (version)", []).append(took)
            results[tool.name].cpu.setdefault("start-up (version)", []).append(cpu)
    return report.table(count, rounds, results) + report.contents(tools, places)


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


def _edit_tags(tool: Tool, site: Path, turn: int) -> None:
    """Give a post a tag that others have in place of its first."""
    post = _middle_post(tool, site)
    text = post.read_text(encoding="utf-8")
    texts = (each.read_text(encoding="utf-8") for each in sorted(post.parent.glob("*.md")))
    tags = (_FIRST_TAG.search(each) for each in texts)
    own = _FIRST_TAG.search(text)
    assert own
    others = (each[2] for each in tags if each and each[2] not in own[0])
    some = list(dict.fromkeys(islice(others, 200)))
    other = some[turn % len(some)]
    post.write_text(_FIRST_TAG.sub(rf"\1{other}\3", text, count=1), encoding="utf-8")


_FIRST_TAG = re.compile(r'(?mi)^(tags: *\[?"?)(\w+)([^\n]*)')


def _edit_date(tool: Tool, site: Path, turn: int) -> None:
    """Move a post by a few months, so that it stands between others."""
    post = _middle_post(tool, site)
    text = post.read_text(encoding="utf-8")
    edited = re.sub(
        r"(?mi)^(date: *\d{4})-\d\d-\d\d",
        rf"\1-{turn % 12 + 1:02}-{turn % 27 + 2:02}",
        text,
        count=1,
    )
    assert edited != text
    post.write_text(edited, encoding="utf-8")


def _add(tool: Tool, site: Path, turn: int) -> None:
    """Add a post of the age of another one: with the same date and tags, and another title."""
    text = _middle_post(tool, site).read_text(encoding="utf-8")
    retitled = re.sub(r'(?mi)^(title: *"?).*?("?)$', rf"\1Added {turn}\2", text, count=1)
    retitled = re.sub(r"(?m)^Slug: .*\n", "", retitled)  # which Pelican's posts have
    (site / tool.posts / _ADDED).write_text(retitled, encoding="utf-8")


def _remove(tool: Tool, site: Path, _turn: int) -> None:
    (site / tool.posts / _ADDED).unlink()


_ADDED = "2099-01-01-added.md"
"""The last of all posts by name, so that it is never the one in the middle."""


def _edit_template(tool: Tool, site: Path, turn: int) -> None:
    template = site / tool.template
    text = template.read_text(encoding="utf-8")
    # Each of them: what is in a branch that no post takes would leave all pages as they were.
    edited = re.sub(r'<h1(?: data-round="\d+")?', f'<h1 data-round="{turn}"', text)
    assert edited != text
    template.write_text(edited, encoding="utf-8")


def _middle_post(tool: Tool, site: Path) -> Path:
    posts = sorted((site / tool.posts).glob("*.md"))
    return posts[len(posts) // 2]


WORKS: dict[str, Callable[[Tool, Path, int], None]] = {
    "clean": _clean,
    "nothing changed": _nothing,
    "one post's body edited": _edit_body,
    "one post's title edited": _edit_title,
    "one post's tags edited": _edit_tags,
    "one post's date edited": _edit_date,
    "one post added": _add,
    "one post removed": _remove,
    "the posts' template edited": _edit_template,
}
"""In the order in which they are done, each by new processes, and what is done before each."""


def _run(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Run a command; return its wall time and its processes' CPU time, both in seconds, and their
    most memory in MB."""
    most = [0.0]
    if hasattr(os, "sync"):
        os.sync()
    before, start = _cpu_of_children(), time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=ENVIRONMENT,
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
    took, cpu = time.perf_counter() - start, _cpu_of_children() - before
    over.set()
    watcher.join()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{errors.decode(errors='replace')[-2000:]}")
    return took, cpu, most[0]


def _cpu_of_children() -> float:
    """Return the CPU seconds of all processes that were begun here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _memory_of_session(session: int) -> float:
    """Return the memory in MB of all processes of a session; 0 where there is no /proc.

    What several of them share counts once (`Pss` in proc(5)); in `Rss` it would count in each.
    """
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                found = _PSS.search(stat.with_name("smaps_rollup").read_text())
                total += int(found[1]) if found else 0
        except OSError:
            continue  # ended meanwhile
    return total * 1024 / 1e6


_PSS = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)


_ALONE = """
import atexit, cProfile, os, runpy, sys
os.cpu_count = lambda: 1  # so that all is done in this process, where the profiler sees it
os.sched_getaffinity = lambda _: {0}
out, *sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
profile = cProfile.Profile()
# At the exit, for the program ends by os._exit after its exit functions: nothing follows its call.
atexit.register(profile.dump_stats, out)
profile.runcall(runpy.run_path, sys.argv[0], run_name="__main__")
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
            env=ENVIRONMENT,
            check=True,
        )
    if not out.is_file():
        sys.exit(f"{out} was not written, although the build went well")
    print(f"python -m pstats {out}")


if __name__ == "__main__":
    main()
