"""What the pages say of themselves: of those that were not rendered again, as the cache has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from generator.core.cache import Cache
from generator.incremental.lazy_tables import SnapshotMissing
from generator.render.page_jobs import PageRecord, PageState

_decode = msgspec.msgpack.Decoder(PageRecord).decode


class KnownFacts(Mapping[str, bytes]):
    """The encoded facts of pages with these states. `fresh` has those of pages that were rendered;
    others are fetched with as many of those after them as make `together`, and all at once of
    pages that are not in order, since checks ask for each of these."""

    def __init__(
        self,
        states: Mapping[str, PageState],
        fresh: Mapping[str, bytes],
        cache: Cache,
        *,
        together: int = 1,
    ) -> None:
        self.states, self.cache, self.together = states, cache, together
        self._found = dict(fresh)
        self._has_all_of_note = False

    def __getitem__(self, path: str) -> bytes:
        if path not in self._found and not self._has_all_of_note:
            self._has_all_of_note = True
            self._fetch(each for each, state in self.states.items() if not state.card.clean)
        if path not in self._found:
            place = self._places[path]
            self._fetch(self._paths[place : place + self.together])
        if path not in self._found:
            raise SnapshotMissing(path)
        return self._found[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.states)

    def __len__(self) -> int:
        return len(self.states)

    def _fetch(self, paths: Iterable[str]) -> None:
        keys = {path: self.states[path].key for path in paths if path not in self._found}
        records = self.cache.get_many(keys.values())
        self._found |= {
            path: _decode(records[key]).examined.facts
            for path, key in keys.items()
            if key in records
        }

    @cached_property
    def _paths(self) -> list[str]:
        return list(self.states)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {path: place for place, path in enumerate(self._paths)}
