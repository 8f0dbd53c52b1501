"""Makes a site of docs/ and hands it to publish.py: `make docs`.

The documentation is plain Markdown that is read on GitHub as it lies in docs/. Here it becomes a
second site, built by Tidepost: every file a page, its first heading the title, in the order of
docs/index.md. Templates and static files are the repository's own, with those of docs/site/ over
them. docs/documentation.md tells how it is used.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DOCS, OWN = ROOT / "docs", ROOT / "docs" / "site"
ASSEMBLED = ROOT / ".tidepost" / "docs"
_HEADING = re.compile(r"# (.+)\n+")


def main(arguments: list[str]) -> int:
    """Assemble the site and run a command of publish.py on it; without one, `build`."""
    try:
        assemble(ASSEMBLED)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    command = [*(arguments or ["build"]), "--site", str(ASSEMBLED)]
    if command[0] == "serve":
        threading.Thread(target=_follow, daemon=True).start()
    try:
        return subprocess.call([sys.executable, str(ROOT / "publish.py"), *command])  # noqa: S603
    except KeyboardInterrupt:  # Ctrl-C ends `serve`, which was told of it as well
        return 130


def _follow() -> None:
    """Assemble the site again whenever something of it changes, for `serve` to see."""
    from watchfiles import watch

    for _ in watch(DOCS, ROOT / "templates", ROOT / "static", raise_interrupt=False):
        try:
            assemble(ASSEMBLED)
        except (ValueError, OSError) as error:  # half-written, perhaps: the next change tells
            print(error, file=sys.stderr)


def assemble(folder: Path, docs: Path = DOCS) -> None:
    """Write the sources of the site that `docs` becomes into `folder`.

    What is there already and the same stays untouched, so that only what changed is built again.
    Raises ValueError for a file without a title, or an index that names a file that is not there.
    """
    files: dict[str, bytes] = {"site.yaml": (OWN / "site.yaml").read_bytes()}
    for source in (ROOT, OWN):
        for part in ("templates", "static"):
            files |= _tree(source, part)
    titles: dict[str, str] = {}
    folders = ("*", "adr/*", "hosting/*", "recipes/*")
    for file in sorted(file for each in folders for file in docs.glob(each)):
        if not file.is_file():
            continue
        name = file.relative_to(docs).as_posix()
        if file.suffix == ".md":
            titles[name], text = page_of(file.read_text(encoding="utf-8"), name)
            files[f"content/pages/{name}"] = text.encode()
        else:
            files[f"content/pages/{name}"] = file.read_bytes()
    index = (docs / "index.md").read_text(encoding="utf-8")
    order = json.dumps(reading_order(index, titles), indent=1, ensure_ascii=False)
    files["data/pages.json"] = order.encode()
    _write(folder, files)


def page_of(text: str, name: str) -> tuple[str, str]:
    """Return a file's title, which is its first heading, and the file with front matter instead.

    Raises ValueError for a file that does not begin with a heading.
    """
    heading = _HEADING.match(text)
    if not heading:
        raise ValueError(f"docs/{name}: begin it with `# ` and a title")
    title = re.sub(r"[`*]", "", heading[1])
    quoted, body = json.dumps(title, ensure_ascii=False), text[heading.end() :]
    front = f"title: {quoted}\n"
    if body.startswith("Status: "):  # a decision, whose first paragraph says nothing of it
        front += f"description: {quoted}\n"
    return title, f"---\n{front}---\n{body}"


def reading_order(index: str, titles: dict[str, str]) -> list[dict[str, Any]]:
    """Return the parts of the index with their pages, as the list beside each page shows them.

    A part is a heading, a page the first link of a line of a list. Pages that the index does not
    name are left out; a test holds that there are none.
    """
    parts: list[dict[str, Any]] = []
    for line in index.splitlines():
        if line.startswith("## "):
            parts.append({"title": line[3:], "pages": []})
        elif parts and (found := re.match(r"(?:-|\d+\.) \[[^]]+\]\(([\w./-]+)\)", line)):
            name = found[1]
            if name not in titles:
                raise ValueError(f"docs/index.md: there is no docs/{name}")
            parts[-1]["pages"].append({"source": f"pages/{name}", "title": titles[name]})
    return parts


def _tree(root: Path, part: str) -> dict[str, bytes]:
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in sorted((root / part).rglob("*"))
        if file.is_file()
    }


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Make `folder` hold just these sources, and leave alone what was built from them."""
    for part in ("content", "templates", "static", "data"):
        for file in sorted((folder / part).rglob("*"), reverse=True):
            if file.is_dir():
                if not any(file.iterdir()):
                    file.rmdir()
            elif file.relative_to(folder).as_posix() not in files:
                file.unlink()
    for name, content in files.items():
        file = folder / name
        if not (file.is_file() and file.read_bytes() == content):
            if file.is_dir():
                shutil.rmtree(file)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
