"""Measures the time from saving a post to the change of its page in the browser, under `serve`.

    python bench/serve.py --posts 1000 10000 [--rounds 10] [--corpus SCRIPT] [--edits text title]

Makes a site with so many posts, starts `publish.py serve` on it, opens a post's page in Chromium,
and edits its source: the text, the title, a template, a style sheet, and a new tag, which only the
whole build can show. Each is measured several times, from before the file is written to the moment
at which a MutationObserver in the page sees the change (for a style sheet: until the colour is
there); and the CPU time of the server, with the processes that it starts, until the site is built.
With --search, the site can be searched, and was; --settings adds lines to site.yaml. Prints
Markdown.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, TypeVar

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench import sites  # noqa: E402

T = TypeVar("T")

_PAUSE_SECONDS = 1.0
_MOST_SECONDS = 900.0

WATCH = """
window.seen = new Promise((done) => {
  const observer = new MutationObserver(() => {
    if (!document.documentElement.textContent.includes(%r)) return;
    observer.disconnect();
    done(Date.now());
  });
  observer.observe(document.documentElement, { subtree: true, childList: true,
    characterData: true });
});
null;  // which the caller waits for, not for the promise
"""
WATCH_COLOUR = """
window.seen = new Promise((done) => {
  const look = () => (getComputedStyle(document.querySelector("h1")).color === %r
    ? done(Date.now()) : requestAnimationFrame(look));
  look();
});
null;
"""


class Site(NamedTuple):
    """A site that is served, and the post whose page is open."""

    folder: Path
    post: Path
    url: str
    process: int


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--posts", type=int, nargs="+", default=[1000])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--corpus", type=Path, help="a script that writes posts: OUT N --flavour F")
    parser.add_argument("--edits", nargs="+", choices=EDITS, default=list(EDITS))
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--program", type=Path, default=ROOT / "publish.py", help="whose server")
    parser.add_argument("--search", action="store_true", help="with a search before the edits")
    parser.add_argument("--settings", default="", help="more lines of site.yaml")
    given = parser.parse_args()
    print("# From saving to seeing\n")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=given.chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        print(
            f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f};"
            f" Python {platform.python_version()}, Chromium {browser.version},"
            f" watchfiles {version('watchfiles')}, werkzeug {version('werkzeug')}\n"
        )
        print("| posts | edit | median ms | 90 % ms | least | most | CPU s |")
        print("|--:|---|--:|--:|--:|--:|--:|")
        for count in given.posts:
            with tempfile.TemporaryDirectory(prefix="tidepost-bench-") as folder:
                more = f"{given.settings}\n" + ("search: true\n" if given.search else "")
                site_folder = make_site(Path(folder), count, given.corpus, more)
                with serving(site_folder, given.program) as site:
                    page = browser.new_page()
                    if given.search:
                        search(site, page)
                    page.goto(site.url)
                    time.sleep(_PAUSE_SECONDS)
                    for name in given.edits:
                        tell(count, name, *measure(site, page, EDITS[name], given.rounds))
        browser.close()


def make_site(folder: Path, count: int, corpus: Path | None, settings: str) -> Path:
    """Write a site with `count` posts and the default theme."""
    tool = sites.tidepost()
    sites.write_posts(folder / tool.posts, count, tool.flavour, corpus)
    tool.set_up(folder)
    with (folder / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(settings)
    return folder


@contextmanager
def serving(folder: Path, program: Path) -> Iterator[Site]:
    """Serve the site."""
    posts = sorted((folder / "content/posts").glob("*.md"))
    post = posts[len(posts) // 2]
    command = [sys.executable, str(program), "serve", "--port", "0"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
    try:
        said = _wait(lambda: re.search(r"Serving at (\S+)", (folder / "log").read_text()))
        assert said
        slug = re.sub(r"^\d{4}-\d\d-\d\d-", "", post.stem)
        yield Site(folder, post, f"{said[1]}posts/{slug}/", process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def search(site: Site, page: Page) -> None:
    """Look for a word, so that there is an index; then go back to the post."""
    page.goto(site.url.rpartition("posts/")[0] + "search/?q=water")
    page.locator("#search-results > li").first.wait_for(timeout=_MOST_SECONDS * 1000)
    page.goto(site.url)


def measure(
    site: Site, page: Page, edit: Callable[[Site, str], None], rounds: int
) -> tuple[list[float], list[float]]:
    """Return the milliseconds from saving to seeing, and the seconds of CPU until all is built, for
    each of `rounds` edits."""
    times, cpu = [], []
    for number in range(1, rounds + 1):
        mark = f"word-{time.monotonic_ns()}"
        colour = f"rgb({number}, {number * 7 % 256}, {number * 13 % 256})"
        page.evaluate((WATCH_COLOUR % colour) if edit is edit_style else (WATCH % mark))
        begun, used = time.time(), _cpu_of(site.process)
        edit(site, colour if edit is edit_style else mark)
        seen = page.evaluate("window.seen")
        times.append(seen - begun * 1000)
        _settle(site)
        cpu.append(_cpu_of(site.process) - used)
    return times, cpu


def _cpu_of(process: int) -> float:
    """Return the CPU seconds of a process and of those that it started and that have ended (proc(5)
    of Linux); 0 where there is no /proc."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.is_file():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def edit_text(site: Site, mark: str) -> None:
    """Add a sentence to the post."""
    _save(site.post, f"{_original(site.post)}\n\nA {mark} more.\n")


def edit_title(site: Site, mark: str) -> None:
    """Give the post another title."""
    _save(site.post, re.sub(r'^title: "', f'title: "{mark} ', _original(site.post), flags=re.M))


def edit_template(site: Site, mark: str) -> None:
    """Change the template of posts."""
    file = site.folder / "templates/post.html"
    _save(file, _original(file).replace("{{ page.body }}", f"{{{{ page.body }}}}<p>{mark}</p>"))


def edit_style(site: Site, colour: str) -> None:
    """Give headings another colour."""
    file = site.folder / "static/css/site.css"
    _save(file, f"{_original(file)}\nh1 {{ color: {colour} !important; }}\n")


def edit_tags(site: Site, mark: str) -> None:
    """Give the post another tag."""
    _save(site.post, re.sub(r"^tags: \[", f'tags: ["{mark}", ', _original(site.post), flags=re.M))


EDITS: dict[str, Callable[[Site, str], None]] = {
    "text": edit_text,
    "title": edit_title,
    "template": edit_template,
    "style sheet": edit_style,
    "tag": edit_tags,
}


def tell(count: int, name: str, times: list[float], cpu: list[float]) -> None:
    """Print one line of the table."""
    ninety = statistics.quantiles(times, n=10)[8] if len(times) > 1 else times[0]
    print(
        f"| {count:,} | {name} | {statistics.median(times):.0f} | {ninety:.0f}"
        f" | {min(times):.0f} | {max(times):.0f} | {statistics.median(cpu):.2f} |",
        flush=True,
    )


_originals: dict[Path, str] = {}


def _original(file: Path) -> str:
    return _originals.setdefault(file, file.read_text(encoding="utf-8"))


def _save(file: Path, text: str) -> None:
    beside = file.with_name(f".{file.name}.tmp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def _settle(site: Site) -> None:
    """Wait until the whole build that follows an edit is done."""
    log = site.folder / "log"

    def done() -> bool:
        text = log.read_text()
        return text.rfind("Built ") > text.rfind("Changed: ")

    _wait(done)
    time.sleep(_PAUSE_SECONDS)


def _wait(asked: Callable[[], T]) -> T:
    end = time.monotonic() + _MOST_SECONDS
    while not (answer := asked()):
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)
    return answer


if __name__ == "__main__":
    main()
