"""The pieces of HTML that many pages share, read once.

A site's header, menus, buttons, icons and footer are the same on page after page. A piece that was
read without a complaint where the same elements were open says the same wherever it comes again,
only further up or down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

LinkKind = Literal["page", "image", "asset", "embed", "form", "card", "other"]
"""page: somewhere to go; image: any medium; asset: style, script, icon; embed: a frame or object;
form: where a form sends to; card: an image that is named for other sites' previews; other: what
only a security policy has a say in."""

Written = tuple[str, LinkKind, str, str, int]
"""An address, its kind, the directive of a security policy that it is up to, its integrity, and the
line or the offset."""

Context = tuple[str, ...]
"""The names of the elements that are open where a piece begins."""

_BEGINNINGS = {
    "<header": "</header>",
    "<nav": "</nav>",
    "<footer": "</footer>",
    "<button": "</button>",
    "<svg": "</svg>",
    "<form": "</form>",
    "<link ": "</head>",
}
"""How pieces begin, and what they end with; the last one ends before the end of the head."""
_WORTH_A_LOOK = tuple(_BEGINNINGS)
_BEGINNING = {name[:4]: name for name in _BEGINNINGS}
_MOST_KNOWN, _MOST_MET = 4_000, 200_000
_LONGEST = 20_000


class Piece(msgspec.Struct, frozen=True, gc=False):
    """What a piece says. Lines and offsets count from those of its beginning.

    `ids` and `labels` have the offset last; `references` and
    `landmarks` are two texts and the offset; `counter` and `contact` tell what it has.
    """

    links: tuple[Written, ...]
    ids: tuple[tuple[str, int], ...]
    references: tuple[tuple[str, str, int], ...]
    labels: tuple[str, ...]
    landmarks: tuple[tuple[str, str, int], ...]
    counter: bool
    contact: bool


class Recording(msgspec.Struct, gc=False):
    """What is said while a piece is read, from `start` to `stop`, with offsets from the text's
    beginning."""

    text: str
    context: Context
    start: int
    stop: int
    links: list[Written] = []
    ids: list[tuple[str, int]] = []
    references: list[tuple[str, str, int]] = []
    labels: list[str] = []
    landmarks: list[tuple[str, str, int]] = []
    counter: bool = False
    contact: bool = False

    def piece(self, line: Callable[[int], int]) -> Piece:
        """Return what was said, as it holds wherever the piece begins."""
        start = self.start
        first = line(start)
        return Piece(
            tuple((*link, line(at) - first) for *link, at in self.links),  # type: ignore[misc]
            tuple((value, at - start) for value, at in self.ids),
            tuple((name, target, at - start) for name, target, at in self.references),
            tuple(self.labels),
            tuple((name, label, at - start) for name, label, at in self.landmarks),
            self.counter,
            self.contact,
        )


class Pieces:
    """The pieces that this process has read. What was met once only is not worth keeping."""

    def __init__(self) -> None:
        self.known: dict[tuple[Context, str], Piece] = {}
        self.met: set[int] = set()

    def may_begin(self, text: str, at: int) -> bool:
        """Say whether a piece may begin at an offset."""
        return text.startswith(_WORTH_A_LOOK, at)

    def end(self, text: str, at: int) -> int:
        """Return where the piece that begins at an offset ends, or 0."""
        closing = _BEGINNINGS[_BEGINNING[text[at : at + 4]]]
        end = text.find(closing, at, at + _LONGEST)
        if end < 0:
            return 0
        return end if closing == "</head>" else end + len(closing)

    def is_met_again(self, context: Context, text: str) -> bool:
        """Say whether a piece that is not known was met before, and remember that it was."""
        mark = hash((context, text))
        if mark in self.met:
            return True
        if len(self.met) >= _MOST_MET:
            self.met.clear()
        self.met.add(mark)
        return False

    def keep(self, recording: Recording, line: Callable[[int], int]) -> None:
        """Know a piece from now on."""
        if len(self.known) >= _MOST_KNOWN:
            self.known.clear()
        self.known[recording.context, recording.text] = recording.piece(line)
