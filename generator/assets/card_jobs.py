"""The step that draws social cards: shared out, and kept beside the pictures that were made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from urllib.parse import unquote

import msgspec

from generator.assets.image_jobs import Store
from generator.assets.social_cards import CARD, OF_SITE, Card, card_name, card_of, card_path
from generator.config.settings import SiteConfig
from generator.content.frontmatter import Document
from generator.core.artifacts import Artifact, digest
from generator.core.cache import key_of
from generator.core.jobs import Runner
from generator.i18n.strings import Strings

DRAWING = 5
"""About how many milliseconds it takes to draw a card."""


class CardJob(msgspec.Struct, frozen=True, kw_only=True):
    """A card to be drawn, and the key under which it is kept."""

    key: bytes
    card: Card


def draw_step(store: Store) -> Callable[[CardJob], bytes]:
    """Return a function from a card to the SHA-256 of its file, which is then in the store."""
    from generator.assets.card_drawing import draw  # takes long to import

    def work(job: CardJob) -> bytes:
        content = draw(job.card)
        store.put(job.key, content)
        return digest(content).encode()

    return work


def draw_all(
    urls: Iterable[str],
    url_of: Mapping[str, str],
    documents: Mapping[str, Document],
    config: SiteConfig,
    strings: Strings,
    store: Store,
    run: Runner,
) -> list[Artifact]:
    """Return the cards that `urls` mention, drawn where the store does not have them.

    `url_of` is the internal URL of each document. Of `documents`, only those are asked for whose
    card has to be drawn.
    """
    start = f"{config.base}/assets/"
    paths = {
        unquote(url.removeprefix(f"{config.base}/")): unquote(match["page"])
        for url in sorted(urls)
        if (match := CARD.fullmatch(url, len(start)))
    }
    if not paths:
        return []
    source_of = {card_name(url): source for source, url in url_of.items()}

    def card(path: str) -> Card | None:
        """Return what is on the card at an output path, or None where it is no card after all."""
        name = paths[path]
        if name == OF_SITE:
            found, url = card_of(None, config, strings), "/"
        elif name in source_of:
            source = source_of[name]
            found, url = card_of(documents[source], config, strings), url_of[source]
        else:
            return None
        return found if card_path(found, url) == path else None

    keys = {path: key_of("card", path) for path in paths}
    sha256s = store.known(keys.values())
    jobs = [
        CardJob(key=key, card=found)
        for path, key in keys.items()
        if key not in sha256s and (found := card(path))
    ]
    results = run(draw_step, store, jobs, cost=DRAWING)
    sha256s |= {job.key: result.decode() for job, result in zip(jobs, results, strict=True)}
    return [
        Artifact(
            path=path,
            role="asset",
            load=partial(_fetch, store, key, partial(card, path)),
            sha256=sha256s[key],
            source=source_of.get(paths[path], ""),
        )
        for path, key in keys.items()
        if key in sha256s
    ]


def _fetch(store: Store, key: bytes, card: Callable[[], Card | None]) -> bytes:
    """Return a card, drawn once more where the store has lost it."""
    content = store.get(key)
    if content is None:
        from generator.assets.card_drawing import draw

        found = card()
        assert found is not None
        content = draw(found)
        store.put(key, content)
    return content
