"""What renaming a document comes to: which files move, what changes in which, and what forbids it.

Nothing is written here; a plan holds the bytes that files are to have.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import quote

import msgspec
import yaml

from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.content.frontmatter import Document, parse
from generator.content.sources import Kind
from generator.core.problems import Problem, SiteError, did_you_mean
from generator.core.urls import canonical, output_path, slugify
from generator.editing.aliases import with_aliases
from generator.editing.relink import (
    Change,
    Moves,
    named_files,
    rewrite_addresses,
    rewrite_document,
    rewrite_template,
)
from generator.site.routes import document_url

_SUFFIXES = (".md", ".markdown")
_SECTIONS: dict[str, Kind] = {"posts": "post", "drafts": "post", "pages": "page"}
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}-")


class RenameSite(msgspec.Struct, frozen=True, kw_only=True):
    """The site as it is. `files` are the paths of content/, static/ and templates/; `read` gives
    the bytes of one; `held` names documents that readers have not seen yet."""

    config: SiteConfig
    documents: Mapping[str, Document]
    files: Mapping[str, str]
    held: Mapping[str, str]
    read: Callable[[str], bytes]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done. `files`: old path -> new; `writes`: path after the move -> bytes, for
    those files whose bytes change; `urls`: old -> new; `aliases`: document -> the URL it keeps."""

    files: dict[str, str]
    writes: dict[str, bytes]
    changes: list[tuple[str, Change]]
    urls: dict[str, str]
    aliases: dict[str, str]


def plan_rename(site: RenameSite, old: str, new: str, *, keep_url: bool = True) -> Plan:
    """Say what it takes to rename the document `old` to `new`; raises SiteError where it cannot be.

    With `keep_url`, an address that readers may know goes on working by an alias.
    """
    source = find_source(old, site)
    files = _files_that_move(source, target_of(source, new), site)
    _refuse_collisions(files, site)
    url_of = {path: document_url(each, site.config) for path, each in site.documents.items()}
    after = {
        path: _read_as(files[path], site.read(path), site)
        for path in files
        if path in site.documents
    }
    urls = {
        url_of[path]: document_url(document, site.config)
        for path, document in after.items()
        if document_url(document, site.config) != url_of[path]
    }
    moves = Moves(
        files=files,
        urls=urls,
        all_before=site.files,
        all_after={files.get(path, path): "" for path in site.files},
        url_of=url_of,
        slugs={
            site.documents[path].slug: document.slug
            for path, document in after.items()
            if document.slug != site.documents[path].slug
        },
    )
    _refuse_taken_urls(urls, after, files, site, url_of)
    writes, aliases = _with_aliases(after, urls, url_of, files, site, keep_url=keep_url)
    changes: list[tuple[str, Change]] = []
    for path, raw in _texts_to_look_at(moves, site):
        place = files.get(path, path)
        text = writes.get(place, raw).decode("utf-8")
        if path == CONFIG_FILE:
            changed, found = rewrite_addresses(text, _scalars(text), moves)
        elif path.startswith("templates/"):
            changed, found = rewrite_template(text, moves)
        else:
            changed, found = rewrite_document(text, path, moves)
        if found:
            writes[place] = changed.encode()
            changes += [(place, change) for change in found]
    changes.sort(key=lambda each: (each[0], each[1].line))
    return Plan(files=files, writes=writes, changes=changes, urls=urls, aliases=aliases)


def _with_aliases(
    after: Mapping[str, Document],
    urls: Mapping[str, str],
    url_of: Mapping[str, str],
    files: Mapping[str, str],
    site: RenameSite,
    *,
    keep_url: bool,
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the documents whose aliases change, by their new paths, and what each keeps."""
    writes: dict[str, bytes] = {}
    aliases: dict[str, str] = {}
    for path in after:
        old_url, place = url_of[path], files[path]
        if old_url == "/" and old_url in urls:
            hint = "write another page, and link to it"
            _refuse(path, "bad-name", "the landing page is found by this name", hint)
        keep = old_url if keep_url and old_url in urls and path not in site.held else ""
        raw = site.read(path)
        made = with_aliases(raw, keep, urls.get(old_url, ""), _reader(place, site))
        if made is None:
            hint = f"add `aliases: [{old_url}]` to it by hand, and give the option --no-alias"
            _refuse(path, "alias-by-hand", "its front matter takes no alias by itself", hint)
        if made != raw:
            writes[place] = made
        if keep:
            aliases[place] = old_url
    return writes, aliases


def find_source(name: str, site: RenameSite) -> str:
    """Return the document that `name` means: a path from the site's folder or below content/, a
    file's name, a folder with an index, or a slug. Raises SiteError."""
    name = posixpath.normpath(name.removeprefix("./").rstrip("/"))
    paths = [
        f"{prefix}{name}{suffix}"
        for prefix in ("", "content/")
        for suffix in ("", *_SUFFIXES, "/index.md", "/index.markdown")
    ]
    found = [path for path in paths if path in site.files and path.endswith(_SUFFIXES)][:1]
    for matches in (
        lambda path: path.endswith(f"/{name}"),
        lambda path: path.endswith((f"/{name}.md", f"/{name}.markdown", f"/{name}/index.md")),
        lambda path: path in site.documents and site.documents[path].slug == name,
    ):
        if not found and "/" not in name:
            found = [path for path in site.files if path.endswith(_SUFFIXES) and matches(path)]
    if not found:
        names = [posixpath.basename(path) for path in site.documents]
        hint = did_you_mean(posixpath.basename(name), names)
        _refuse(
            name, "no-document", "there is no such document", hint or "`publish.py list` names all"
        )
    if len(found) > 1:
        _refuse(
            name, "no-document", f"this may be {' or '.join(sorted(found))}", "give its whole path"
        )
    if found[0] not in site.documents:
        _refuse(
            found[0],
            "no-document",
            "it has errors, so that its address is not known",
            "mend what `publish.py check` reports for it first",
        )
    return found[0]


def target_of(source: str, new: str) -> str:
    """Return the path to which `source` moves when it is renamed to `new`. Raises SiteError.

    `new` is a name (the folder, and a post's date in front of it, stay), or a path: from content/,
    or from the document's own folder. A path with / at its end keeps the name.
    """
    bundle = _is_bundle(source)
    unit = posixpath.dirname(source) if bundle else source
    folder, name = posixpath.split(unit)
    suffix = "" if bundle else posixpath.splitext(source)[1]
    if "/" not in new and not new.endswith(_SUFFIXES):
        slug = slugify(new)
        if not slug:
            _refuse(source, "bad-name", f"`{new}` has no letter or digit", "give another name")
        dated = (
            _DATE.match(name) if unit.startswith(("content/posts/", "content/drafts/")) else None
        )
        target = f"{folder}/{dated[0] if dated and not _DATE.match(slug) else ''}{slug}{suffix}"
    else:
        if new.startswith("/"):
            _refuse(source, "bad-name", f"`{new}` begins with /", "name a place below content/")
        if new.endswith("/"):
            new += name
        first = new.split("/")[0]
        if "/" in new and first in _SECTIONS:
            new = f"content/{new}"
        elif first != "content":
            new = f"{folder}/{new}"
        target = posixpath.normpath(new)
        if bundle:
            target = re.sub(r"(?:/index)?\.(?:md|markdown)$", "", target)
        elif not target.endswith(_SUFFIXES):
            target += suffix
    parts = target.split("/")
    if len(parts) < 3 or parts[0] != "content" or parts[1] not in _SECTIONS:
        _refuse(
            source,
            "bad-name",
            f"`{new}` is not a place for documents",
            "name one below content/posts, content/drafts or content/pages",
        )
    if hidden := [part for part in parts if part.startswith((".", "#"))]:
        _refuse(
            source,
            "bad-name",
            f"`{hidden[0]}` would be passed over",
            "begin the name with a letter or a digit",
        )
    return target + (source[len(unit) :] if bundle else "")


def _files_that_move(source: str, target: str, site: RenameSite) -> dict[str, str]:
    """Return old -> new for the document and what belongs to it.

    To a folder's index belongs all in the folder; to another document, when it leaves its folder,
    the files beside it that it names and no other document does.
    """
    if source == target:
        _refuse(source, "exists", "that is its name already", "give another one")
    if _is_bundle(source):
        old, new = posixpath.dirname(source), posixpath.dirname(target)
        if new.startswith(f"{old}/"):
            _refuse(source, "bad-name", "a folder cannot move into itself", "give another place")
        return {
            path: new + path.removeprefix(old) for path in site.files if path.startswith(f"{old}/")
        }
    files = {source: target}
    old, new = posixpath.dirname(source), posixpath.dirname(target)
    if old == new:
        return files
    mine = {
        path
        for path in named_files(_text(site.read(source)), source, site.files)
        if path.startswith(f"{old}/")
    }
    if mine:
        names = _needles(mine)
        for other in site.documents:
            if other != source:
                text = _text(site.read(other))
                if any(name in text for name in names):
                    mine -= named_files(text, other, site.files)
    return files | {path: new + path.removeprefix(old) for path in sorted(mine)}


def _refuse_collisions(files: Mapping[str, str], site: RenameSite) -> None:
    """Refuse to write over a file that stays, also where letter case does not count."""
    staying = {path.casefold(): path for path in site.files if path not in files}
    problems = [
        _problem(
            new,
            "exists",
            f"`{old}` cannot move here: {staying[new.casefold()]} exists",
            "choose another name",
        )
        for old, new in files.items()
        if new.casefold() in staying
    ]
    if problems:
        raise SiteError(problems)


def _refuse_taken_urls(
    urls: Mapping[str, str],
    after: Mapping[str, Document],
    files: Mapping[str, str],
    site: RenameSite,
    url_of: Mapping[str, str],
) -> None:
    """Refuse an address that another document has, or had."""
    taken: dict[str, str] = {}
    for path, document in site.documents.items():
        if path not in after:
            for alias in document.aliases:
                ended = canonical(alias)
                taken[output_path(ended).casefold()] = f"an alias of {path}"
            taken[output_path(url_of[path]).casefold()] = f"the address of {path}"
    problems = [
        _problem(
            files[path],
            "same-url",
            f"its address would be `{new}`, which is {taken[spot]}",
            "choose another name",
        )
        for path in after
        if (new := urls.get(url_of[path], "")) and (spot := output_path(new).casefold()) in taken
    ]
    if problems:
        raise SiteError(problems)


def _texts_to_look_at(moves: Moves, site: RenameSite) -> Iterator[tuple[str, bytes]]:
    """Yield every text that may refer to what moves, and what moves itself, with its path."""
    needles = _needles({*moves.files, *moves.urls, *moves.slugs})
    for path in (CONFIG_FILE, *site.files):
        if path != CONFIG_FILE and not path.endswith((*_SUFFIXES, ".html")):
            continue
        if path.startswith("static/"):
            continue
        raw = site.read(path)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            continue  # a check reports it
        if path in moves.files or any(needle in text for needle in needles):
            yield path, raw


def _needles(paths: Iterable[str]) -> set[str]:
    """Return the texts of which one stands in any reference to one of `paths`."""
    names = {posixpath.basename(path.rstrip("/")) or "/" for path in paths}
    return names | {quote(name) for name in names}


def _read_as(path: str, raw: bytes, site: RenameSite) -> Document:
    kind = _SECTIONS.get(path.split("/")[1], "item")
    draft = path.split("/")[1] == "drafts"
    untitled = site.config.untitled_posts
    document, problems = parse(path, raw, kind, site.config.zone, draft=draft, untitled=untitled)
    if document is None:
        raise SiteError(problems)
    return document


def _reader(path: str, site: RenameSite) -> Callable[[bytes], Document | None]:
    kind = _SECTIONS.get(path.split("/")[1], "item")
    untitled = site.config.untitled_posts
    return lambda raw: parse(path, raw, kind, site.config.zone, untitled=untitled)[0]


def _scalars(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and value of every scalar in a YAML text."""
    pending: list[Any] = [yaml.compose(text, Loader=yaml.SafeLoader)]
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.ScalarNode):
            yield node.start_mark.index, node.end_mark.index, node.value
        elif isinstance(node, yaml.SequenceNode):
            pending += node.value
        elif isinstance(node, yaml.MappingNode):
            pending += [each for pair in node.value for each in pair]


def _is_bundle(source: str) -> bool:
    """Return whether a document is its folder's index, and the folder one that has a name."""
    return posixpath.splitext(posixpath.basename(source))[0] == "index" and source.count("/") >= 3


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")


def _problem(path: str, code: str, message: str, hint: str) -> Problem:
    return Problem(path=path, code=code, message=message, hint=hint)


def _refuse(path: str, code: str, message: str, hint: str) -> NoReturn:
    raise SiteError([_problem(path, code, message, hint)])
