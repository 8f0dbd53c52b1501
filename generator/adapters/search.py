"""The index for searching: what is remembered of it is made again only where a text changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from math import ceil
from pathlib import Path

import msgspec
import rjsmin

from generator.adapters import pagefind
from generator.adapters.files.os_errors import read_file
from generator.core.artifacts import Artifact, Role, digest
from generator.core.cache import Cache, Key, NoCache, key_of
from generator.core.jobs import Runner, batches
from generator.incremental.lazy_tables import SnapshotMissing
from generator.render import search_index, search_shards
from generator.render.search_index import BUNDLE, LISTED, Entry
from generator.render.search_shards import Findable, Indexed, Layout, Part, PartFile, Shard

_AT_ONCE = 256
"""Documents that Pagefind is given at once, at most: starting it takes as long as ten of them."""

_SHARDS_AT_ONCE = 8
"""So many shards' documents are indexed together, in several processes; what is made of them lies
in memory until then."""

_BATCH_COST, _SHARD_COST = 400.0, 200.0
"""Milliseconds that so many documents take, and a shard."""

_JOIN = Path(__file__).with_name("search_join.js")
_TAKES_PARTS = {
    "pagefind-worker.js": b"",
    "pagefind.js": b"\nexport const searchWords = tidepostSearch.words;\n",
}
"""Pagefind's scripts that ask for files, with what each hands on of ours."""

_decode_indexed = msgspec.msgpack.Decoder(Indexed).decode


class Search:
    """Makes an index of entries. Its methods raise SiteError where Pagefind is not installed or
    does not work, and Lost where something is asked for that is not remembered any more, and is not
    among the entries."""

    def __init__(self, entries: Iterable[Entry], cache: Cache, run: Runner) -> None:
        self.engine = pagefind.needed()
        self.entries = {(entry.language.lower(), entry.url): entry for entry in entries}
        self.keys = {
            place: search_index.key(entry, self.engine.name)
            for place, entry in self.entries.items()
        }
        self.cache, self.run = cache, run
        # What would be forgotten at once is kept here.
        self.kept: dict[Key, bytes] | None = {} if isinstance(cache, NoCache) else None

    def whole(self) -> list[Shard]:
        """Return the shards in which all entries, and nothing else, can be found."""
        all_of_it = key_of("search", search_shards.STEP, *sorted(self.keys.values()))
        if remembered := self._recall([all_of_it]).get(all_of_it):
            return msgspec.msgpack.decode(remembered, type=list[Shard])
        languages: dict[str, list[str]] = {}
        for language, url in sorted(self.entries):
            languages.setdefault(language, []).append(url)
        shards: list[Shard] = []
        for language, urls in languages.items():
            depth = search_shards.depth_of(len(urls))
            groups: dict[int, list[tuple[str, Key]]] = {}
            for url in urls:
                place = search_shards.place_of(url, depth)
                groups.setdefault(place, []).append((url, self.keys[language, url]))
            drafts: list[Shard] = []
            for some in batches((groups[at] for at in sorted(groups)), _SHARDS_AT_ONCE):
                raw = self._indexed(language, list(chain.from_iterable(some)))
                drafts += (self._draft(language, pairs, raw) for pairs in some)
            shards += self._laid_out(drafts)
        self._keep({all_of_it: msgspec.msgpack.encode(shards)})
        return shards

    def edited(
        self, before: Sequence[Shard], places: Iterable[tuple[str, str]] | None = None
    ) -> list[Shard]:
        """Return the shards after these entries have changed: those that were in them before, or,
        where others came or went, of all that can be found now in `places` (language and URL)."""
        if places is not None:
            return self._moved(before, places)
        new = dict(self.keys)
        shards: list[Shard] = []
        for language, found in _by_language(before).items():
            drafts = []
            for shard in found:
                pairs = [
                    (each.url, new.pop((language, each.url), each.key)) for each in shard.documents
                ]
                same = all(
                    key == each.key for (_, key), each in zip(pairs, shard.documents, strict=True)
                )
                drafts.append(shard if same else self._redrafted(shard, pairs))
            shards += self._laid_out(drafts, found)
        if new:
            raise SnapshotMissing("an entry")
        return shards

    def _moved(self, before: Sequence[Shard], places: Iterable[tuple[str, str]]) -> list[Shard]:
        known = {
            (shard.language, each.url): each.key for shard in before for each in shard.documents
        }
        old = {(shard.language, *(each.url for each in shard.documents)): shard for shard in before}
        own = _by_language(before)
        languages: dict[str, list[str]] = {}
        for language, url in sorted({(language.lower(), url) for language, url in places}):
            languages.setdefault(language, []).append(url)
        shards: list[Shard] = []
        for language, urls in languages.items():
            depth = search_shards.depth_of(len(urls))
            groups: dict[int, list[tuple[str, Key]]] = {}
            for url in urls:
                group = groups.setdefault(search_shards.place_of(url, depth), [])
                key = self.keys.get((language, url)) or known.get((language, url))
                if key:  # else it has no words, as before
                    group.append((url, key))
            drafts = []
            for _, pairs in sorted(groups.items()):
                shard = old.get((language, *(url for url, _ in pairs)))
                same = shard and [key for _, key in pairs] == [each.key for each in shard.documents]
                drafts.append(shard if shard and same else self._draft(language, pairs))
            shards += self._laid_out(drafts, own.get(language, ()))
        return shards

    def artifacts(self, shards: Sequence[Shard]) -> list[Artifact]:
        """Return what is published; most of it is read when it is written."""
        languages = _by_language(shards)
        common = self._in_common(tuple(languages))
        listed = json.loads(common.pop(LISTED))
        own_files, listed["languages"] = listed["languages"], {}
        names = search_shards.names_of(shards)
        found = [_file(path, "entry", content) for path, content in common.items()]
        for language, own in languages.items():
            meta = search_shards.meta_of(listed["version"], own, names)
            name = f"{language}_{digest(meta)[:10]}"
            found.append(_file(f"pagefind.{name}.pf_meta", "asset", meta))
            count = sum(len(shard.documents) for shard in own)
            about = {"hash": name, "page_count": count}
            listed["languages"][language] = own_files[language] | about
            for shard in own:
                found += self._files(shard, names)
        text = json.dumps(listed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        found.append(_file(LISTED, "entry", text.encode()))
        # Two shards may have the same words at the same places.
        return list({artifact.path: artifact for artifact in found}.values())

    # Documents and their shards.

    def _draft(
        self,
        language: str,
        pairs: Sequence[tuple[str, Key]],
        known: Mapping[Key, bytes] | None = None,
    ) -> Shard:
        """Return a shard of documents that is not laid out yet; `known` is what is made of each."""
        raw = known or self._indexed(language, pairs)
        found = [_decode_indexed(raw[key]) for _, key in pairs]
        return Shard(
            language=language,
            documents=tuple(
                Findable(url, key, one.sha256, one.length)
                for (url, key), one in zip(pairs, found, strict=True)
                if one.sha256  # else there is nothing to be found
            ),
            starts=tuple(sorted({start for one in found for start in one.starts})),
            own=tuple(sorted({name for one in found for name in one.own})),
            layout=Layout((), ()),
            parts=(),
        )

    def _redrafted(self, shard: Shard, pairs: Sequence[tuple[str, Key]]) -> Shard:
        """Return a draft of a shard whose documents have these keys now, without reading the others
        where what all have in common stays."""
        documents = list(shard.documents)
        for at, (old, (url, key)) in enumerate(zip(shard.documents, pairs, strict=True)):
            if key != old.key:
                before = self._recall([old.key]).get(old.key)
                new = _decode_indexed(self._indexed(shard.language, [(url, key)])[key])
                if before is None or not new.sha256 or not _alike(_decode_indexed(before), new):
                    return self._draft(shard.language, pairs)
                documents[at] = Findable(url, key, new.sha256, new.length)
        draft = {"documents": tuple(documents), "layout": Layout((), ()), "parts": ()}
        return msgspec.structs.replace(shard, **draft)

    def _laid_out(self, shards: Sequence[Shard], before: Sequence[Shard] = ()) -> list[Shard]:
        """Return the shards of a language with what they have in common, and their parts; `before`
        is what they were."""
        layout = search_shards.layout_of(
            (start for shard in shards for start in shard.starts),
            (name for shard in shards for name in shard.own),
        )
        old = [shard for shard in shards if shard.layout != layout]
        keys = [search_shards.shard_key(layout, shard.documents) for shard in old]
        parts = dict(self._recall(keys))
        missing = [number for number, key in enumerate(keys) if key not in parts]
        for number in list(missing):
            if made := self._patched(old[number], before, layout):
                parts[keys[number]] = self._kept(keys[number], made)
                missing.remove(number)
        jobs = (self._job(old[number]) for number in missing)
        made_anew = self.run(put_together_step, layout, jobs, cost=_SHARD_COST)
        for number, raw in zip(missing, made_anew, strict=True):
            parts[keys[number]] = self._kept(keys[number], raw)
        new = {
            shard.documents: msgspec.structs.replace(
                shard,
                layout=layout,
                parts=msgspec.msgpack.decode(parts[key], type=tuple[Part, ...]),
            )
            for shard, key in zip(old, keys, strict=True)
        }
        return [shard if shard.layout == layout else new[shard.documents] for shard in shards]

    def _patched(self, shard: Shard, before: Sequence[Shard], layout: Layout) -> bytes:
        """Return the parts of a shard and their files, made of what they were before, where only
        one document is another; else nothing."""
        urls = [each.url for each in shard.documents]
        for old in before:
            if old.layout != layout or urls != [each.url for each in old.documents]:
                continue
            pairs = zip(old.documents, shard.documents, strict=True)
            changed = [(at, one, new) for at, (one, new) in enumerate(pairs) if one.key != new.key]
            if len(changed) == 1:
                [(number, one, new)] = changed
                key = _files_key(search_shards.shard_key(layout, old.documents))
                found = self._recall([key, one.key, new.key])
                if len(found) == 3:
                    files = msgspec.msgpack.decode(found[key], type=list[PartFile])
                    ago, now = _decode_indexed(found[one.key]), _decode_indexed(found[new.key])
                    made = search_shards.with_another((old.parts, files), layout, number, ago, now)
                    return msgspec.msgpack.encode(made)
        return b""

    def _kept(self, key: Key, raw: bytes) -> bytes:
        """Remember the parts of a shard and their files; return the parts, encoded."""
        parts, files = _taken_apart(raw)
        self._keep({key: parts, _files_key(key): files})
        return parts

    def _files(self, shard: Shard, names: Mapping[str, str]) -> list[Artifact]:
        read: dict[str, bytes] = {}

        def part(sha256: str) -> bytes:
            if not read:
                read.update(self._content(shard))
            return read[sha256]

        def fragment(each: Findable) -> bytes:
            raw = self._indexed(shard.language, [(each.url, each.key)])
            return _decode_indexed(raw[each.key]).fragment

        return [
            *(
                _later(f"index/{names[one.sha256]}.pf_index", one.sha256, partial(part, one.sha256))
                for one in shard.parts
            ),
            *(
                _later(
                    f"fragment/{names[each.sha256]}.pf_fragment",
                    each.sha256,
                    partial(fragment, each),
                )
                for each in shard.documents
            ),
        ]

    def _content(self, shard: Shard) -> dict[str, bytes]:
        """Return the content of a shard's parts, by its digest."""
        key = _files_key(search_shards.shard_key(shard.layout, shard.documents))
        raw = self._recall([key]).get(key)
        if raw is None:
            [made] = self.run(put_together_step, shard.layout, [self._job(shard)])
            _, raw = _taken_apart(made)
        files = msgspec.msgpack.decode(raw, type=list[PartFile])
        return {one.sha256: file.content for one, file in zip(shard.parts, files, strict=True)}

    def _job(self, shard: Shard) -> list[bytes]:
        pairs = [(each.url, each.key) for each in shard.documents]
        raw = self._indexed(shard.language, pairs)
        return [raw[key] for _, key in pairs]

    def _indexed(self, language: str, pairs: Sequence[tuple[str, Key]]) -> Mapping[Key, bytes]:
        """Return what was made of documents, encoded: recalled, or made of the entries."""
        found = dict(self._recall(key for _, key in pairs))
        missing = [(url, key) for url, key in pairs if key not in found]
        size = ceil(len(missing) / ceil(len(missing) / _AT_ONCE)) if missing else 1
        parts = [missing[at : at + size] for at in range(0, len(missing), size)]
        jobs = [
            msgspec.msgpack.encode([self._entry(language, url) for url, _ in part])
            for part in parts
        ]
        made = self.run(pagefind.index_step, self.engine.package, jobs, cost=_BATCH_COST)
        for part, raw in zip(parts, made, strict=True):
            results = msgspec.msgpack.decode(raw, type=list[bytes])
            fresh = {key: one for (_, key), one in zip(part, results, strict=True)}
            self._keep(fresh)
            found |= fresh
        return found

    def _entry(self, language: str, url: str) -> Entry:
        entry = self.entries.get((language, url))
        if entry is None or entry.is_outline:
            raise SnapshotMissing(url)
        return entry

    def _in_common(self, languages: Sequence[str]) -> dict[str, bytes]:
        """Return the files that depend on languages alone."""
        join = str(rjsmin.jsmin(read_file(_JOIN).decode())).encode() + b"\n"
        key = key_of("search scripts", self.engine.name, join, *languages)
        raw = self._recall([key]).get(key)
        if raw is None:
            files = pagefind.in_common(self.engine.package, languages)
            files = {path: files[path] for path in files if search_index.is_published(path)}
            for path, handed_on in _TAKES_PARTS.items():
                files[path] = join + files[path] + handed_on
            raw = msgspec.msgpack.encode(files)
            self._keep({key: raw})
        return msgspec.msgpack.decode(raw, type=dict[str, bytes])

    def _recall(self, keys: Iterable[Key]) -> Mapping[Key, bytes]:
        if self.kept is None:
            return self.cache.get_many(keys)
        return {key: self.kept[key] for key in keys if key in self.kept}

    def _keep(self, results: Mapping[Key, bytes]) -> None:
        if self.kept is None:
            self.cache.put_many(results)
        else:
            self.kept.update(results)


def _alike(one: Indexed, other: Indexed) -> bool:
    return (one.starts, one.own) == (other.starts, other.own)


def _by_language(shards: Iterable[Shard]) -> dict[str, list[Shard]]:
    found: dict[str, list[Shard]] = {}
    for shard in shards:
        found.setdefault(shard.language, []).append(shard)
    return found


def put_together_step(layout: Layout) -> Callable[[Sequence[bytes]], bytes]:
    """The step for a Runner: from a shard's documents to its parts and their files."""
    return lambda raw: msgspec.msgpack.encode(
        search_shards.parts_of([_decode_indexed(each) for each in raw], layout)
    )


def _taken_apart(raw: bytes) -> tuple[bytes, bytes]:
    parts, files = msgspec.msgpack.decode(raw, type=tuple[msgspec.Raw, msgspec.Raw])
    return bytes(parts), bytes(files)


def _files_key(key: Key) -> Key:
    return key_of("files", key)


def _file(path: str, role: Role, content: bytes) -> Artifact:
    return Artifact(path=BUNDLE + path, role=role, content=content)


def _later(path: str, sha256: str, load: Callable[[], bytes]) -> Artifact:
    return Artifact(path=BUNDLE + path, role="asset", load=load, sha256=sha256)
