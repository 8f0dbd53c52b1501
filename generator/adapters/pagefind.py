"""Pagefind's program, which reads documents for searching.

It is handed a folder. Its service, which takes documents as messages, needs a fifth more CPU time:
it copies each document, and answers with all files in JSON and Base64. The program numbers the
documents in the order in which the file system lists them; what is made of each does not depend on
that, since the index is taken apart by the names of the files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec

from generator.core.installed import installed_version
from generator.core.problems import Problem, SiteError
from generator.i18n.locales import name_of

if TYPE_CHECKING:
    from generator.render.search.words import Vocabulary
    from generator.render.search_index import Entry
    from generator.render.search_shards import Indexed

READ_ALIKE = "1.5."
"""How the versions begin that read as generator/render/search does."""

EXTENDED, SMALL = "pagefind_bin_extended", "pagefind_bin"

_ENTRY = "pagefind-entry.json"

SPLIT = frozenset({"ja", "th", "zh"})
"""Languages without spaces between words, which the extended program splits into these."""

UNSPLIT = frozenset({"bo", "dz", "km", "lo", "my"})
"""Others that no program of Pagefind's splits (1.5.2, pagefind/src/fossick/mod.rs)."""


class Engine(msgspec.Struct, frozen=True):
    """A package with Pagefind's program. The extended one splits Chinese, Japanese and Thai."""

    package: str
    version: str

    @property
    def name(self) -> str:
        """Return what an index depends on."""
        return f"{self.package} {self.version}"


def engine() -> Engine | None:
    """Return the package that is installed, the extended one where both are."""
    for package in (EXTENDED, SMALL):
        if version := installed_version(package):
            return Engine(package, version)
    return None


def needed() -> Engine:
    """Return the package that is installed. Raises SiteError where there is none."""
    found = engine()
    if found is None:
        raise _broken("`search: true` needs Pagefind, which is not installed")
    return found


def unsplit(languages: Iterable[str], package: str) -> list[Problem]:
    """Return what will not be found in these languages, and the way out."""
    problems = []
    for code in dict.fromkeys(languages):
        first = code.split("-")[0].lower()
        if first in SPLIT and package == SMALL:
            message = f"searching finds few words in {name_of(code)} (`{code}`): Pagefind's small"
            message += " program does not split its texts"
            hint = f"pip install {EXTENDED}, which is used where it is installed"
        elif first in UNSPLIT:
            message = f"searching in {name_of(code)} (`{code}`) finds words only where a space or a"
            message += " mark stands before them: Pagefind does not split its texts"
            hint = "`checks: {search-language: off}` if that is enough, or `search: false`"
        else:
            continue
        problems.append(
            Problem(
                path="site.yaml",
                code="search-language",
                message=message,
                hint=hint,
                severity="warning",
            )
        )
    return problems


def index(package: str, entries: Sequence[Entry]) -> list[Indexed]:
    """Return what Pagefind makes of each entry by itself. Raises SiteError.

    Of documents that can be read here, it is asked for words that are new. The others it reads, all
    at once, and their index is taken apart: beginning takes as long as ten of them.
    """
    from generator.render.search import words
    from generator.render.search_shards import WORDLESS

    here = {
        number: document
        for number, entry in enumerate(entries)
        if _is_read_here(package, entry.language) and (document := words.read(entry))
    }
    vocabularies: dict[str, Vocabulary] = {}
    asked: dict[str, list[str]] = {}
    for language, documents in groupby(
        sorted(here.values(), key=attrgetter("language")), attrgetter("language")
    ):
        vocabularies[language] = _vocabulary(package, language)
        asked[language] = vocabularies[language].unknown(one.all_words() for one in documents)
    pages = [words.page_of(language, new) for language, new in asked.items() if new]
    if not pages and len(here) < len(entries):
        pages.append(_WORD)
    urls = {}
    for number, entry in enumerate(entries):
        if number not in here:
            urls[f"/{len(pages)}.html"] = entry.url
            pages.append(entry.page())
    files = _index(package, pages) if pages else {}
    try:
        told, found = _taken_apart(files, urls)
        for language, new in asked.items():
            vocabularies[language].learn(new, told.get(language, ()))
        return [
            here[number].indexed(vocabularies[here[number].language])
            if number in here
            else found.get((entry.language.lower(), entry.url), WORDLESS)
            for number, entry in enumerate(entries)
        ]
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise _broken(f"Pagefind does not work as it did: {error!r}") from None


def _taken_apart(
    files: Mapping[str, bytes], urls: Mapping[str, str]
) -> tuple[dict[str, Iterable[Sequence[Any]]], dict[tuple[str, str], Indexed]]:
    """Return what Pagefind's files say of words, by the language, and of documents."""
    from generator.render.search import taken_apart, words

    told: dict[str, Iterable[Sequence[Any]]] = {}
    found: dict[tuple[str, str], Indexed] = {}
    for language, about in json.loads(files[_ENTRY])["languages"].items() if files else ():
        meta = files[f"pagefind.{about['hash']}.pf_meta"]
        fragments, names = taken_apart.names_in(meta)
        chunks = [files[f"index/{name}.pf_index"] for name in names]
        if of_words := words.language_of(language):
            if len(fragments) != 1:
                raise ValueError("words are among documents")
            told[of_words] = taken_apart.entries_in(chunks)
        else:
            texts = [files[f"fragment/{name}.pf_fragment"] for name in fragments]
            made = taken_apart.documents_in(texts, meta, chunks, urls)
            found |= {(language, url): one for url, one in made.items()}
    return told, found


_vocabularies: dict[tuple[str, str], Vocabulary] = {}
"""What is known of words, by the package and the language: the same whenever it is asked for."""


def _vocabulary(package: str, language: str) -> Vocabulary:
    from generator.render.search.words import Vocabulary

    known = _vocabularies.get((package, language))
    if known is None or known.is_full():
        known = _vocabularies[package, language] = Vocabulary()
    return known


def _is_read_here(package: str, language: str) -> bool:
    """Return whether the documents of a language are read as this version of Pagefind does."""
    return language.split("-")[0].lower() not in SPLIT and _is_alike(package)


@cache
def _is_alike(package: str) -> bool:
    return installed_version(package).startswith(READ_ALIKE)


def index_step(package: str) -> Callable[[bytes], bytes]:
    """The step for a Runner: from encoded entries to what was made of them, encoded."""
    from generator.render.search_index import Entry

    return lambda raw: msgspec.msgpack.encode(
        [
            msgspec.msgpack.encode(each)
            for each in index(package, msgspec.msgpack.decode(raw, type=list[Entry]))
        ]
    )


def in_common(package: str, languages: Iterable[str]) -> dict[str, bytes]:
    """Return those files of Pagefind that do not depend on documents, by their paths; its list of
    languages is that of these. Raises SiteError."""
    from generator.render.search_index import Entry

    empty = {"title": "", "date": "", "tags": (), "html": "<p>a</p>"}
    pages = [Entry(url="", language=code, **empty).page() for code in languages]  # type: ignore[arg-type]
    return {
        path: content
        for path, content in _index(package, pages or [_WORD]).items()
        if path.endswith((".js", ".json", ".pagefind"))
    }


_WORD = "<!doctype html><html><body data-pagefind-body><p>a</p></body></html>"
"""A document of no language: without any word the program makes no index."""


def _index(package: str, pages: Iterable[str]) -> dict[str, bytes]:
    """Return Pagefind's files, by their paths below its folder, of pages whose URLs are their
    numbers, as `/0.html`. Raises SiteError."""
    import subprocess  # which a build that has nothing to do does without

    # Its settings come from its options alone, and not from a file or the environment.
    environment = {key: value for key, value in os.environ.items() if key[:9] != "PAGEFIND_"}
    try:
        with TemporaryDirectory(prefix="tidepost-search-") as place:
            site, made = Path(place, "site"), Path(place, "made")
            site.mkdir()
            for number, page in enumerate(pages):
                (site / f"{number}.html").write_bytes(page.encode())
            program = import_module(package).get_executable()
            ran = subprocess.run(  # noqa: S603 (the program of a package, nothing else)
                [program, "--silent", "--site", site, "--output-path", made],
                cwd=place,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
            if ran.returncode:
                said = (ran.stderr or ran.stdout).decode(errors="replace").split()
                raise ValueError(" ".join(said) or f"it ended with {ran.returncode}")
            return {
                file.relative_to(made).as_posix(): file.read_bytes()
                for file in made.rglob("*")
                if file.is_file()
            }
    except (OSError, ValueError) as error:
        raise _broken(f"Pagefind does not work: {error}") from None


def _broken(message: str) -> SiteError:
    hint = "pip install pagefind_bin, or set `search: false` in site.yaml"
    return SiteError([Problem(path="site.yaml", code="no-search", message=message, hint=hint)])
