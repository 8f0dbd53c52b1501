"""The lines of documents on which errors of their pages stand: looked for once in each text.

A site of many texts has many warnings, and most of them are those of the last build.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from generator.checks.source_lines import locate
from generator.content.frontmatter import Document
from generator.core.artifacts import Artifact
from generator.core.cache import Cache, key_of
from generator.core.problems import Problem

_STEP = "lines of problems 2"
_ELSEWHERE = -1
"""In place of a line: it does not stand in the document."""

_encode = msgspec.msgpack.Encoder().encode


class _Lines(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A digest of a page's problems and of its document's file, and the lines of each."""

    key: bytes
    lines: tuple[tuple[int, ...], ...]


def located(
    problems: Iterable[Problem],
    artifacts: Iterable[Artifact],
    documents: Mapping[str, Document],
    folder: str,
    texts: Mapping[str, str],
    sources: Mapping[str, str],
    cache: Cache,
) -> list[Problem]:
    """Do what `locate` does, without reading a document of which all of it is known.

    `sources` has the digests of all documents' files.
    """
    artifacts = list(artifacts)
    source_of = {artifact.path: artifact.source for artifact in artifacts}
    of_page: dict[str, list[Problem]] = defaultdict(list)
    placed: list[Problem] = []
    unknown: list[Problem] = []
    for problem in problems:
        if source_of.get(problem.path) in sources:
            of_page[problem.path].append(problem)
        else:
            unknown.append(problem)
    together = key_of(_STEP)
    kept = cache.get_many([together]).get(together)
    before = msgspec.msgpack.decode(kept, type=dict[str, _Lines]) if kept else {}
    now: dict[str, _Lines] = {}
    for path, own in of_page.items():
        source = source_of[path]
        key = hashlib.blake2b(_encode((sources[source], own)), digest_size=16).digest()
        lines = before.get(path)
        if lines is None or lines.key != key:
            lines = _Lines(key, _lines_of(own, path, source, documents))
        now[path] = lines
        for problem, (line, *also) in zip(own, lines.lines, strict=True):
            if line == _ELSEWHERE:
                unknown.append(problem)
            else:
                placed.append(
                    msgspec.structs.replace(problem, path=source, line=line, also=tuple(also))
                )
    if now != before:
        cache.put_many({together: _encode(now)})
    # What stands in no document need not be looked for there again.
    elsewhere = [each for each in unknown if each.path in of_page]
    rest = [each for each in unknown if each.path not in of_page]
    placed += locate(elsewhere, artifacts, {}, folder, texts)
    return [*placed, *locate(rest, artifacts, documents, folder, texts)]


def _lines_of(
    problems: list[Problem], path: str, source: str, documents: Mapping[str, Document]
) -> tuple[tuple[int, ...], ...]:
    """Return the lines of each problem of a page in its document."""
    document = documents.get(source)
    if document is None:
        return ((_ELSEWHERE,),) * len(problems)
    page = Artifact(path=path, role="page", source=source, content=b"")
    # In their order, which `locate` keeps among those of one line.
    order = sorted(range(len(problems)), key=lambda number: problems[number].line)
    found = locate([problems[number] for number in order], [page], {source: document}, "")
    lines = {
        number: (each.line or _ELSEWHERE, *each.also)
        for number, each in zip(order, found, strict=True)
    }
    return tuple(lines[number] for number in range(len(problems)))
