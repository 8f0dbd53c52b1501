"""Old sites in memory, and what is held of every conversion."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from hypothesis import strategies as st

from generator.content import frontmatter
from generator.importers.model import Conversion, OldFile, OldSite, Target
from tests.support.sites import NOW, config

TARGET = Target(config=config(), now=NOW)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def old_site(files: Mapping[str, str | bytes]) -> OldSite:
    """Return files as the adapter reads them."""
    raw = {path: one if isinstance(one, bytes) else one.encode() for path, one in files.items()}
    return {path: OldFile(size=len(one), read=partial(bytes, one)) for path, one in raw.items()}


def text_of(conversion: Conversion, path: str) -> str:
    """Return a written file's text."""
    return next(one.content for one in conversion.files if one.path == path).decode()


def left(conversion: Conversion) -> list[str]:
    """Return what was not converted as `line: message`."""
    return [f"{one.line}: {one.message}" for one in conversion.report.entries if one.kind == "left"]


def held(conversion: Conversion, path: str) -> None:
    """A document that is written can be read; one that is not is reported."""
    documents = [one for one in conversion.files if one.path.startswith("content/")]
    for one in documents:
        kind = "page" if one.path.startswith("content/pages") else "post"
        document, problems = frontmatter.parse(one.path, one.content, kind, config().zone)
        assert document is not None, problems
    told = [one for one in conversion.report.entries if one.path == path]
    assert documents or told
