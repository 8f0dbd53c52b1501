"""What an earlier build left: a snapshot of each language, and the edits since."""

from __future__ import annotations

from collections.abc import Mapping

from generator.config.settings import SiteConfig
from generator.core.cache import Cache, Key, key_of
from generator.incremental.snapshot import Snapshot, SnapshotDelta, edited, read_edits
from generator.incremental.snapshot_codec import decode


class LeftBehind:
    """What an earlier build left: of each language, by its code, what was `known`, the `edits`
    since then, and what is known `now`; `later` are the keys under which the cache has edits, and
    `kept` what it has there.

    Raises SnapshotMissing or MsgspecError where something is damaged or gone.
    """

    def __init__(
        self, parts: Mapping[str, bytes], kind: Key, config: SiteConfig, cache: Cache
    ) -> None:
        self.kind = kind
        self.codes = (config.language, *config.languages)
        self.later = {code: key_of("edits", kind, code) for code in self.codes}
        self.kept = cache.get_many(self.later.values())
        self.known: Mapping[str, Snapshot] = {code: decode(parts, code) for code in self.codes}
        self.edits: Mapping[str, SnapshotDelta] = {
            code: read_edits(one, self.kept.get(self.later[code], b""))
            for code, one in self.known.items()
        }
        self.now = {code: edited(one, self.edits[code]) for code, one in self.known.items()}

    def is_current(self, kind: Key, config: SiteConfig, cache: Cache) -> bool:
        """Return whether this is what a build of this kind would find, with its snapshot still in
        place: the same languages, and the same edits since."""
        return (
            kind == self.kind
            and self.codes == (config.language, *config.languages)
            and cache.get_many(self.later.values()) == self.kept
        )

    def went_on(self, edits: Mapping[str, SnapshotDelta], kept: Mapping[Key, bytes]) -> None:
        """Take in the edits of one more build, and what the cache has of them by now."""
        self.edits, self.kept = edits, kept
        self.now = {code: edited(one, edits[code]) for code, one in self.known.items()}
