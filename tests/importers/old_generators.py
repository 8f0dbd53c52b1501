"""Sites that their own generators build, held against what an import makes of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from generator.adapters.files.import_folder import read_tree, write_new
from generator.cli.import_ import built_anew
from generator.importers import eleventy, pelican
from generator.importers.comparison.pages import Comparison, Pages, compare, url_of
from generator.importers.hugo import site as hugo
from generator.importers.jekyll import site as jekyll
from generator.importers.model import Conversion, Target
from tests.importers.sites import empty_site
from tests.support import tools
from tests.support.sites import NOW, write

_BODY = "<main><h1>{title}</h1><time datetime='{date}'></time><article>{content}</article></main>"
_PAGE = f"<!doctype html><html><head><title>{{title}}</title></head><body>{_BODY}</body></html>\n"

HUGO_LAYOUT = _PAGE.format(
    title="{{ .Title }}",
    date='{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}',
    content="{{ .Content }}",
)
HUGO_LIST = HUGO_LAYOUT.replace(
    "{{ .Content }}",
    "{{ .Content }}{{ if eq .Kind `section` }}<ul>{{ range .Pages }}"
    "<li><a href='{{ .RelPermalink }}'>{{ .Title }}</a></li>{{ end }}</ul>{{ end }}",
)
JEKYLL_LAYOUT = _PAGE.format(
    title="{{ page.title }}", date="{{ page.date | date_to_xmlschema }}", content="{{ content }}"
)
ELEVENTY_LAYOUT = _PAGE.format(
    title="{{ title }}",
    date="{{ page.date | date: '%Y-%m-%dT%H:%M:%SZ' }}",
    content="{{ content }}",
)
PELICAN_LAYOUT = _PAGE.format(
    title="{{ %(it)s.title }}", date="{{ %(it)s.date }}", content="{{ %(it)s.content }}"
)
PELICAN_LIST = "<!doctype html><html><body><p>A list.</p></body></html>"
ENVIRONMENT = {**os.environ, "TZ": "UTC", "LANG": "C.UTF-8"}


def built_by_hugo(files: Mapping[str, str | bytes], root: Path, *options: str) -> Path:
    """Write a Hugo site below `root`, with a layout that shows its texts, and build it."""
    source = root / "old"
    layouts = {"layouts/single.html": HUGO_LAYOUT, "layouts/list.html": HUGO_LIST}
    write(source, {**layouts, **files})
    command = [tools.hugo(), "--clock", NOW.isoformat(), *options]
    _run([str(part) for part in command], source)
    shutil.rmtree(source / "layouts")
    return Path(shutil.move(source / "public", root / "built"))


def built_by_jekyll(files: Mapping[str, str | bytes], root: Path) -> Path:
    """Write a Jekyll site below `root`, with a layout that shows its texts, and build it."""
    source = root / "old"
    settings = str(files["_config.yml"])
    layouts = {f"_layouts/{name}.html": JEKYLL_LAYOUT for name in ("post", "page")}
    kinds = "".join(
        f"  - {{scope: {{path: '', type: {kind}}}, values: {{layout: {name}}}}}\n"
        for kind, name in (("posts", "post"), ("pages", "page"))
    )
    write(source, {**layouts, **files, "_config.yml": f"{settings}defaults:\n{kinds}"})
    program = tools.jekyll()
    _run([program, "build", "--quiet", "--disable-disk-cache"], source)
    return Path(shutil.move(source / "_site", root / "built"))


def built_by_eleventy(files: Mapping[str, str | bytes], root: Path) -> Path:
    """Write an Eleventy site below `root`, with a layout that shows its texts, and build it.

    Texts that name no layout have it by the global data.
    """
    source = root / "old"
    write(
        source,
        {
            "_includes/shown.liquid": ELEVENTY_LAYOUT,
            "_data/layout.json": '"shown.liquid"',
            "eleventy.config.cjs": "module.exports = () => {};\n",
            **files,
        },
    )
    package = tools.eleventy()
    modules = source / "node_modules"
    modules.symlink_to(package.parents[1])
    _run([tools.debian("node", "nodejs"), str(package / "cmd.cjs"), "--quiet"], source)
    modules.unlink()
    return Path(shutil.move(source / "_site", root / "built"))


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120,
        env=ENVIRONMENT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def built_by_pelican(files: Mapping[str, str | bytes], root: Path) -> Path:
    """Write a Pelican site below `root`, with a theme that shows its texts, and build it."""
    source, theme = root / "old", root / "shown"
    write(source, files)
    lists = ("index", "archives", "tags", "categories", "authors", "tag", "category", "author")
    shown = {f"templates/{name}.html": PELICAN_LIST for name in lists}
    shown |= {
        f"templates/{name}.html": PELICAN_LAYOUT % {"it": name} for name in ("article", "page")
    }
    write(theme, {"static/none.css": "", **shown})
    config = next(name for name in ("publishconf.py", "pelicanconf.py") if name in files)
    program = tools.pelican()
    command = [str(program), "-m", "pelican", "-s", config, "-t", str(theme), "-o", "output", "-q"]
    _run(command, source)
    return Path(shutil.move(source / "output", root / "built"))


BUILDERS = {
    "hugo": built_by_hugo,
    "jekyll": built_by_jekyll,
    "eleventy": built_by_eleventy,
    "pelican": built_by_pelican,
}
CONVERTERS = {
    "hugo": hugo.convert,
    "jekyll": jekyll.convert,
    "eleventy": eleventy.convert,
    "pelican": pelican.convert,
}


def compared(
    kind: str, files: Mapping[str, str | bytes], root: Path, *, helped: bool = False
) -> tuple[Comparison, Conversion]:
    """Build a site with its own generator, import it, build that, and compare the two.

    Where it is `helped`, the import has what the old generator built.
    """
    built = BUILDERS[kind](files, root)
    old = Pages(
        files={path: file.read() for path, file in read_tree(built).items()},
        address="https://a.example",
    )
    pages = {url_of(path): file for path, file in read_tree(built).items()} if helped else {}
    sources = read_tree(root / "old")
    into = empty_site(root / "new")
    conversion = CONVERTERS[kind](sources, "old", Target(config=None, now=NOW, built=pages))
    for file in conversion.files:
        write_new(into, file, sources)
    return compare(old, built_anew(into, conversion)), conversion


def told(comparison: Comparison) -> dict[str, list[str]]:
    """Return what is different as URL -> `aspect: old -> new`, lists of the old look left out."""
    found: dict[str, list[str]] = {}
    for one in comparison.differences:
        found.setdefault(one.url, []).append(f"{one.aspect}: {one.old} -> {one.new}")
    return found
