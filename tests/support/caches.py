"""A cache in this process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator.core.cache import Key


class Kept:
    """A cache in this process."""

    def __init__(self) -> None:
        self.results: dict[Key, bytes] = {}

    def get_many(self, keys: Iterable[Key]) -> Mapping[Key, bytes]:
        return {key: self.results[key] for key in keys if key in self.results}

    def put_many(self, results: Mapping[Key, bytes]) -> None:
        self.results.update(results)
