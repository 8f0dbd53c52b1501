"""Footnotes: collected while a document is written, and shown at its end."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from generator.markdown.code.highlighting import Block

Out = list[str]
"""What has been written, in parts."""


class Footnotes:
    """The notes of one document, and the places that refer to them."""

    def __init__(self, back: str) -> None:
        self._back = back
        """Where the arrow behind a note leads, in words, with `{number}` for the note's."""
        self._labels: dict[str, str] = {}
        """By what labels are compared as, how the first of each is written."""
        self._texts: dict[str, tuple[Out, list[Block]]] = {}
        self._places: dict[str, int] = {}
        self._references: dict[int, list[tuple[int, str]]] = {}
        """By what they stand in, their places and labels."""
        self._numbers: dict[str, int] = {}

    def begun(self, label: str, place: int) -> None:
        """Note at which byte of the text a note begins."""
        label = self._same(label)
        self._places.setdefault(label, place)

    def defined(self, label: str, out: Out, blocks: list[Block]) -> None:
        """Add a note and the code blocks in it; the first of a label counts."""
        self._texts.setdefault(self._same(label), (out, blocks))

    def referred(self, label: str, out: Out) -> None:
        """Leave a place for a reference at the end of `out`."""
        self._references.setdefault(id(out), []).append((len(out), self._same(label)))
        out.append("")

    def _same(self, label: str) -> str:
        """Return a label as the first of its kind is written: `[^A]` means the note `[^a]`."""
        return self._labels.setdefault(" ".join(label.casefold().split()), label)

    def _name(self, label: str) -> str:
        """Return what a note is called in ids, which have no spaces (HTML, 3.2.6)."""
        name = "-".join(label.split())
        if name != label and name in self._labels.values():
            name = f"{name}-{self._numbers[label]}"
        return escape(name)

    def unused(self) -> Iterator[tuple[str, int]]:
        """Yield notes that nothing refers to, and where they begin; after `html`."""
        for label, place in self._places.items():
            if label not in self._numbers:
                yield label, place

    def html(self, out: Out) -> tuple[str, list[Block]]:
        """Fill in the references, and return the notes in the order in which `out`, the document,
        and then the notes themselves refer to them, with the code blocks in them."""
        counts: dict[str, int] = {}
        waiting: list[Out] = [out]
        for within in waiting:  # which grows while it is gone through
            for place, label in self._references.get(id(within), ()):
                if label not in self._numbers:
                    self._numbers[label] = len(self._numbers) + 1
                    if label in self._texts:
                        waiting.append(self._texts[label][0])
                counts[label] = count = counts.get(label, 0) + 1
                name = self._name(label)
                within[place] = (
                    f'<sup id="fnref{count if count > 1 else ""}:{name}">'
                    f'<a class="footnote-ref" href="#fn:{name}">{self._numbers[label]}</a></sup>'
                )
        items: list[str] = []
        blocks: list[Block] = []
        for label, number in self._numbers.items():
            parts, inner = self._texts.get(label, ([], []))
            blocks += inner
            title = escape(self._back.replace("{number}", str(number)))
            text = "".join(parts).rstrip("\n")
            items.append(_item(self._name(label), title, counts[label], text))
        if not items:
            return "", []
        return f'\n<div class="footnote">\n<hr>\n<ol>\n{"".join(items)}</ol>\n</div>', blocks


def _item(name: str, title: str, count: int, text: str) -> str:
    links = "&#160;" + " ".join(
        f'<a class="footnote-backref" href="#fnref{each}:{name}" title="{title}">&#8617;</a>'
        for each in ["", *range(2, count + 1)]
    )
    whole = text[:-4] + links + "</p>" if text.endswith("</p>") else f"{text}\n<p>{links}</p>"
    return f'<li id="fn:{name}">\n{whole}\n</li>\n'
