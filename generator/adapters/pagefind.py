"""Pagefind's program, which reads documents for searching.

It is spoken to by the protocol of its own Python package, which waits a tenth of a second for every
page and so would take a quarter of an hour for 10,000: messages are JSON in Base64, each ended by a
comma (https://github.com/Pagefind/pagefind, wrappers/python). Handing it a folder would be simpler,
but then the index depends on the order in which the file system lists it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from generator.core.problems import Problem, SiteError
from generator.i18n.locales import name_of

if TYPE_CHECKING:
    from generator.render.search_index import Entry
    from generator.render.search_shards import Indexed

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
        try:
            return Engine(package, installed_version(package))
        except PackageNotFoundError:
            continue
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

    Many are read at once, and their index is taken apart: beginning takes as long as four of them.
    """
    from generator.render import search_shards

    files = _index(package, entries)
    found: dict[tuple[str, str], Indexed] = {}
    try:
        for language, about in json.loads(base64.b64decode(files[_ENTRY]))["languages"].items():
            meta = base64.b64decode(files[f"pagefind.{about['hash']}.pf_meta"])
            fragments, chunks = search_shards.names_in(meta)
            made = search_shards.read(
                [base64.b64decode(files[f"fragment/{name}.pf_fragment"]) for name in fragments],
                meta,
                [base64.b64decode(files[f"index/{name}.pf_index"]) for name in chunks],
            )
            found |= {(language, url): one for url, one in made.items()}
        nothing = search_shards.WORDLESS
        return [found.get((entry.language.lower(), entry.url), nothing) for entry in entries]
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise _broken(f"Pagefind does not work as it did: {error!r}") from None


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
    pages = [Entry(url=f"/{code}", language=code, **empty) for code in languages]  # type: ignore[arg-type]
    return {
        path: base64.b64decode(content)
        for path, content in _index(package, pages).items()
        if path.endswith((".js", ".json", ".pagefind"))
    }


def _index(package: str, pages: Iterable[Entry]) -> dict[str, bytes]:
    """Return Pagefind's files, in Base64, by their paths below its folder. Raises SiteError."""
    try:
        with _Service(import_module(package).get_executable()) as service:
            number = service.ask(type="NewIndex", config={})["index_id"]
            for page in pages:
                service.ask(
                    type="AddFile", index_id=number, url=page.url, file_contents=page.page()
                )
            made = service.ask(type="GetFiles", index_id=number)["files"]
            return {file["path"]: file["content"] for file in made}
    except (OSError, ValueError, KeyError) as error:
        raise _broken(f"Pagefind does not work: {error}") from None


class _Service:
    """Pagefind's program, waiting for messages."""

    def __init__(self, program: Path) -> None:
        import subprocess  # which a build that has nothing to do does without

        self.process = subprocess.Popen(  # noqa: S603 (the program of a package, nothing else)
            [program, "--service"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.unread = b""
        self.number = 0

    def __enter__(self) -> _Service:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def ask(self, **payload: Any) -> dict[str, Any]:
        """Return the answer to one message. Raises ValueError where there is none."""
        self.number += 1
        message = msgspec.json.encode({"message_id": self.number, "payload": payload})
        assert self.process.stdin is not None
        self.process.stdin.write(base64.b64encode(message) + b",")
        self.process.stdin.flush()
        answer: dict[str, Any] = msgspec.json.decode(base64.b64decode(self._read()))["payload"]
        if answer["type"] == "Error":
            raise ValueError(answer.get("message", "it gives no reason"))
        return answer

    def _read(self) -> bytes:
        assert self.process.stdout is not None
        parts = [self.unread]
        while b"," not in parts[-1]:
            # What has arrived so far, at most a megabyte: `read` would wait for all of it.
            part = self.process.stdout.read1(1 << 20)  # type: ignore[attr-defined]
            if not part:
                raise ValueError("it ended without an answer")
            parts.append(part)
        answer, _, self.unread = b"".join(parts).partition(b",")
        return answer


def _broken(message: str) -> SiteError:
    hint = "pip install pagefind_bin, or set `search: false` in site.yaml"
    return SiteError([Problem(path="site.yaml", code="no-search", message=message, hint=hint)])
