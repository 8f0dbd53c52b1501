"""Tables of encoded values, of which only those are decoded that are asked for."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property
from itertools import accumulate, chain
from typing import NoReturn, TypeVar

import msgspec

T = TypeVar("T")

_WIDTH = 8
"""Bytes of a number that says where a value ends."""


class SnapshotMissing(Exception):
    """Something that was known is not there any more: only the whole build helps."""


class Index:
    """Names in their order, which tables have in common."""

    def __init__(self, names: Sequence[str]) -> None:
        self.all = names

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each name."""
        return dict(zip(self.all, range(len(self.all)), strict=True))


class Records(Mapping[str, bytes]):
    """Encoded values by name; of some names there is none. `load` returns what `packed` made."""

    def __init__(self, names: Index, load: Callable[[], bytes]) -> None:
        self.names, self._load = names, load

    @cached_property
    def _packed(self) -> tuple[array[int], memoryview]:
        raw = self._load()
        size = _WIDTH * len(self.names.all)
        ends = array("Q", raw[:size])
        return ends, memoryview(raw)[size:]

    def __getitem__(self, name: str) -> bytes:
        place = self.names.places[name]
        ends, values = self._packed
        start, end = ends[place - 1] if place else 0, ends[place]
        if start == end:
            raise KeyError(name)
        return bytes(values[start:end])

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.names.all if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def whole(self) -> dict[str, memoryview]:
        """Return all values, in far less time than it takes to look up each."""
        ends, values = self._packed
        starts = chain((0,), ends)
        return {
            name: values[start:end]
            for name, start, end in zip(self.names.all, starts, ends, strict=False)
            if start != end
        }


def packed(names: Iterable[str], values: Mapping[str, bytes]) -> bytes:
    """Return a table of values, none of which is empty, in the order of `names`."""
    found = [values.get(name, b"") for name in names]
    return b"".join((array("Q", accumulate(map(len, found))).tobytes(), *found))


class Decoded(Mapping[str, T]):
    """What a table holds, decoded when it is first asked for."""

    def __init__(
        self, encoded: Mapping[str, bytes], decode: Callable[[bytes | memoryview], T]
    ) -> None:
        self.encoded, self.decode = encoded, decode
        self._known: dict[str, T] = {}
        self._whole: dict[str, T] | None = None

    def __getitem__(self, name: str) -> T:
        value = self._known.get(name)
        if value is None:
            value = self._known[name] = self.decode(self.encoded[name])
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.encoded)

    def __len__(self) -> int:
        return len(self.encoded)

    def whole(self) -> dict[str, T]:
        """Return all values, each decoded once."""
        if self._whole is None:
            decode = self.decode
            self._whole = {name: decode(value) for name, value in whole(self.encoded).items()}
        return self._whole


class OverlayMapping(Mapping[str, T]):
    """A table of which some values are others by now, or new."""

    def __init__(self, under: Mapping[str, T], over: Mapping[str, T]) -> None:
        self.under, self.over = under, over

    def __getitem__(self, name: str) -> T:
        return self.over[name] if name in self.over else self.under[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.under
        yield from (name for name in self.over if name not in self.under)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def whole(table: Mapping[str, T]) -> dict[str, T]:
    """Return all values of a table, in far less time than it takes to look up each."""
    if isinstance(table, OverlayMapping):
        return {**whole(table.under), **table.over}
    if isinstance(table, Decoded):
        return {**table.whole()}
    if isinstance(table, Records):
        return table.whole()  # type: ignore[return-value]
    return dict(table)


def _decode(kind: type[T], zone: dt.tzinfo, raw: bytes) -> T:
    """Decode a summary or a row; its dates are wanted in the site's zone again."""
    value = msgspec.msgpack.decode(raw, type=kind)
    dates = {
        name: moment.astimezone(zone)
        for name in ("date", "updated")
        if isinstance(moment := getattr(value, name, None), dt.datetime)
    }
    return msgspec.structs.replace(value, **dates)  # type: ignore[type-var]


class EncodedPosts(MutableMapping[str, T]):
    """What is known of posts, decoded when it is asked for; nothing of those that are `fresh`."""

    def __init__(
        self,
        known: Mapping[str, bytes],
        fresh: Iterable[str],
        kind: type[T],
        zone: dt.tzinfo,
    ) -> None:
        self.encoded, self.fresh = known, frozenset(fresh)
        self.kind, self.zone = kind, zone
        self.decoded: dict[str, T] = {}

    def __getitem__(self, source: str) -> T:
        if source not in self.decoded:
            if source in self.fresh:
                raise KeyError(source)
            self.decoded[source] = _decode(self.kind, self.zone, self.encoded[source])
        return self.decoded[source]

    def __setitem__(self, source: str, value: T) -> None:
        self.decoded[source] = value

    def __delitem__(self, source: str) -> None:
        del self.decoded[source]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.encoded, **self.decoded})

    def __len__(self) -> int:
        return len({**self.encoded, **self.decoded})


class Lazy(Mapping[str, T]):
    """Values that are worked out one by one when they are asked for."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self.make = make
        self.known: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self.known:
            self.known[name] = self.make(name)
        return self.known[name]

    def __iter__(self) -> NoReturn:
        raise SnapshotMissing("a list of everything")

    def __len__(self) -> NoReturn:
        raise SnapshotMissing("a list of everything")


class Late(Mapping[str, T]):
    """A mapping that is worked out when it is first looked at."""

    def __init__(self, make: Callable[[], Mapping[str, T]]) -> None:
        self.make = make

    @cached_property
    def made(self) -> Mapping[str, T]:
        """What was worked out."""
        return self.make()

    def __getitem__(self, name: str) -> T:
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.made)

    def __len__(self) -> int:
        return len(self.made)
