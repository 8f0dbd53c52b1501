"""The steps that look at pictures and make their files: shared out, and remembered by content.

What a step makes lies in a store, under a digest of all that decides on it. So a picture is made
once, whatever becomes of the site around it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Protocol
from urllib.parse import unquote

import msgspec

from generator.assets.fingerprint import VERBATIM, Asset
from generator.assets.images import (
    LOOK,
    SIZED,
    Facts,
    FileLink,
    Kind,
    Picture,
    Variant,
    cleaned,
    pillow_version,
    plan,
    stem_of,
)
from generator.config.settings import SiteConfig
from generator.content.sources import FileFacts
from generator.core.artifacts import Artifact, Role, digest
from generator.core.cache import Cache, key_of
from generator.core.image_kinds import (
    DRAWING,
    INSTEAD,
    MADE_JPEG,
    heif_version,
    kind_by_name,
    refusal,
)
from generator.core.jobs import Runner, run_here
from generator.core.problems import Problem, SiteError
from generator.core.urls import written_url

MAKING = 150
"""About how many milliseconds it takes to make a photograph in one width."""
LOOKING, LOOKING_AT_A_PIXEL = 0.2, 1e-5
"""About how many milliseconds it takes to look at a picture: between a JPEG, which is read smaller,
and others."""
_USUAL = (1600, 1200)
"""The size of pictures whose own is not known."""

KEPT_HEIF = "is a HEIC picture, which few browsers show, and keeps its name in static/root/"
"""Why a picture is not published that would have to become a JPEG."""

CHANGED = "it was written to while the site was being built"


class Store(Protocol):
    """Where what was made is kept. No method ever raises; what is damaged is not there."""

    def known(self, keys: Iterable[bytes]) -> dict[bytes, str]:
        """Return the SHA-256 of what lies under each key that is there."""

    def get(self, key: bytes) -> bytes | None:
        """Return what lies under a key."""

    def put(self, key: bytes, content: bytes) -> None:
        """Keep something under a key."""


class MemoryStore:
    """Keeps everything until it is let go of."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}

    def known(self, keys: Iterable[bytes]) -> dict[bytes, str]:
        """Return the SHA-256 of what lies under each key that is there."""
        return {key: digest(self.kept[key]) for key in keys if key in self.kept}

    def get(self, key: bytes) -> bytes | None:
        """Return what lies under a key."""
        return self.kept.get(key)

    def put(self, key: bytes, content: bytes) -> None:
        """Keep something under a key."""
        self.kept[key] = content


class LookJob(msgspec.Struct, frozen=True, kw_only=True):
    """A picture to be looked at; `sha256` is what its file held when it was found."""

    sha256: str
    read: Callable[[], bytes]


class Made(msgspec.Struct, frozen=True, array_like=True):
    """The SHA-256 of each file that a job made, or why it made none (see Facts)."""

    sha256s: tuple[str, ...] = ()
    fault: str = ""
    hint: str = ""


def look_step(_shared: None) -> Callable[[LookJob], bytes]:
    """Return a function from a picture to its encoded Facts."""
    from generator.assets.resize import look_at  # takes long to import

    def work(job: LookJob) -> bytes:
        raw = job.read()
        changed = digest(raw) != job.sha256
        return msgspec.msgpack.encode(Facts(changed=True) if changed else look_at(raw))

    return work


def make_step(store: Store) -> Callable[[tuple[Variant, ...]], bytes]:
    """Return a function from files of one width of a picture to an encoded Made."""

    def work(variants: tuple[Variant, ...]) -> bytes:
        made, fault, hint = _make(variants)
        if fault:
            return msgspec.msgpack.encode(Made((), fault, hint))
        for variant, content in zip(variants, made, strict=True):
            store.put(variant.key, content)
        return msgspec.msgpack.encode(Made(tuple(digest(content) for content in made)))

    return work


def _make(variants: Sequence[Variant]) -> tuple[list[bytes], str, str]:
    """Return files of one width of a picture, or why there are none and the way out."""
    from generator.assets.resize import PictureFaultError, copy_of, make  # takes long to import

    first = variants[0]
    raw = first.read()
    if digest(raw) != first.sha256:
        return [], CHANGED, ""
    kinds: list[Kind] = [each.kind for each in variants]
    try:
        if kinds == ["same"]:
            return [copy_of(raw)], "", ""
        return make(raw, first.width, kinds, first.quality), "", ""
    except PictureFaultError as fault:
        return [], str(fault), fault.hint


class ImageSet:
    """The pictures of one build. Each is looked at when it is first asked for.

    What is to be made of a picture follows from the URLs that pages mention, so that nobody has to
    remember which page asked for what.
    """

    def __init__(
        self,
        assets: Mapping[str, Asset],
        files: Mapping[str, FileFacts],
        config: SiteConfig,
        cache: Cache,
        store: Store,
        *,
        glance: bool = False,
        verbatim: Mapping[str, FileFacts] | None = None,
    ) -> None:
        """`files` are all of the site, those of static/root/ included. With `glance`, what is a
        picture by its first bytes is taken for one that is whole, and stays as it is."""
        self.assets, self.files, self.config = assets, files, config
        self.cache, self.store, self.glance = cache, store, glance
        self.verbatim = verbatim or {}
        """Files of static/root/ that another language of the site publishes."""
        self.facts: dict[str, Facts] = {}
        self.refused: set[str] = set()
        """Pictures that texts refer to and that cannot be published, which is reported there."""
        self.planned: dict[str, tuple[Picture, dict[str, Variant]]] = {}

    def look_at(self, sources: Iterable[str], run: Runner) -> None:
        """Look at pictures, many at once, where they are not known."""
        jobs = {
            source: _look_job(asset)
            for source in dict.fromkeys(sources)
            if source not in self.facts
            and (asset := self.assets.get(source))
            and asset.read
            and asset.kind != DRAWING
            and not refusal(asset.kind)[0]
            and not (self.glance and asset.kind)
        }
        if not jobs:
            return
        keys = {
            source: key_of("look", LOOK, pillow_version(), heif_version(), job.sha256)
            for source, job in jobs.items()
        }
        decode = msgspec.msgpack.Decoder(Facts).decode
        known = {key: decode(value) for key, value in self.cache.get_many(keys.values()).items()}
        missing = {keys[source]: job for source, job in jobs.items() if keys[source] not in known}
        cost = _cost([self.assets[source] for source in jobs if keys[source] not in known])
        # Where others are at work, to ask them means to wait until all that they have is done.
        made = run(look_step, None, [*missing.values()], cost=cost)
        encoded = dict(zip(missing, made, strict=True))
        known |= {key: decode(value) for key, value in encoded.items()}
        lasting = {key: value for key, value in encoded.items() if not known[key].changed}
        self.cache.put_many(lasting)
        self.facts |= {source: known[key] for source, key in keys.items()}

    def link(self, path: str) -> FileLink | None:
        """Return how texts refer to a file of the site, or None where there is none."""
        asset = self.assets.get(path)
        if asset is None:
            file = self.files.get(path) or self.verbatim.get(path)
            if path.startswith(VERBATIM) and file:
                kept = written_url(path.removeprefix(VERBATIM))
                return FileLink(
                    url=f"{self.config.base}/{kept}",
                    size=file.size,
                    seconds=file.seconds,
                    shown=bool(file.kind),
                )
            return None
        if asset.read is None or asset.kind == DRAWING:
            return FileLink(
                url=asset.url,
                width=asset.width,
                height=asset.height,
                size=self.files[path].size,
                seconds=self.files[path].seconds,
                shown=bool(asset.kind),
            )
        reason, hint = refusal(asset.kind)
        if reason:
            self.refused.add(path)
            return FileLink(url=asset.url, fault=reason, hint=hint)
        if self.glance and asset.kind:
            return FileLink(url=asset.url, width=asset.width, height=asset.height)
        self.look_at([path], run_here)
        facts = self.facts[path]
        if facts.fault or facts.changed:
            return FileLink(url=asset.url, fault=facts.fault, hint=facts.hint)
        width, height = facts.width, facts.height
        return FileLink(url=asset.url, width=width, height=height, picture=self._plan(path)[0])

    def ship(
        self, artifacts: Iterable[Artifact], urls: Iterable[str], run: Runner
    ) -> tuple[list[Artifact], list[Problem]]:
        """Return `artifacts`, with pictures among them as they are published, and the other files
        of pictures that `urls` mention; what is missing in the store is made."""
        others: list[Artifact] = []
        wanted: dict[str, tuple[Variant, Role]] = {}
        problems: list[Problem] = []
        for artifact in artifacts:
            facts = self.files.get(artifact.copy_of)
            if facts and facts.read:
                reason, hint = refusal(facts.kind)
                heif = facts.kind in MADE_JPEG
                if heif and not reason and kind_by_name(artifact.path) != "JPEG":
                    reason, hint = KEPT_HEIF, INSTEAD
                if reason:
                    problems.append(_broken(facts.path, reason, hint))
                    continue
                if self.glance and facts.kind:
                    others.append(artifact)
                    continue
                variant = cleaned(facts.path, artifact.path, facts.sha256, facts.read, heif=heif)
                wanted[artifact.path] = (variant, artifact.role)
            else:
                others.append(artifact)
                if facts and facts.place:
                    problems.append(_tells_place(facts.path))
        wanted |= {variant.path: (variant, "asset") for variant in self._mentioned(urls)}
        made, found = make_all(wanted.values(), self.store, run)
        problems += found
        # A picture that is broken was reported where it is shown.
        told = {source for source, facts in self.facts.items() if facts.fault} | self.refused
        return others + made, [problem for problem in problems if problem.path not in told]

    def _mentioned(self, urls: Iterable[str]) -> Iterator[Variant]:
        """Yield the files to be made of pictures that have one of `urls`."""
        if self.glance:
            return
        start = f"{self.config.base}/assets/"
        by_stem: dict[str, list[str]] = {}
        found = [match for url in sorted(urls) if (match := SIZED.fullmatch(url, len(start)))]
        if found:
            for source, asset in self.assets.items():
                if asset.read and asset.kind != DRAWING:
                    by_stem.setdefault(stem_of(source), []).append(source)
        for match in found:
            for source in by_stem.get(unquote(match["stem"]), ()):
                self.look_at([source], run_here)
                facts = self.facts[source]
                if not (facts.fault or facts.changed):
                    variant = self._plan(source)[1].get(match.string)
                    if variant:
                        yield variant

    def _plan(self, source: str) -> tuple[Picture, dict[str, Variant]]:
        if source not in self.planned:
            facts, settings = self.facts[source], self.config.images
            picture, variants = plan(self.assets[source], facts, settings, self.config.base)
            self.planned[source] = (picture, {each.url: each for each in variants})
        return self.planned[source]


def make_all(
    wanted: Collection[tuple[Variant, Role]], store: Store, run: Runner
) -> tuple[list[Artifact], list[Problem]]:
    """Return the artifacts of pictures' files, made where the store does not have them."""
    roles = {variant.path: role for variant, role in wanted}
    variants = sorted(
        (variant for variant, _ in wanted),
        key=lambda each: (each.source, each.width, each.kind, each.path),
    )
    sha256s = store.known(variant.key for variant in variants)
    missing = {each.key: each for each in variants if each.key not in sha256s}.values()
    jobs = [tuple(group) for _, group in groupby(missing, lambda each: (each.sha256, each.width))]
    faults: dict[str, tuple[str, str]] = {}
    results = run(make_step, store, jobs, cost=MAKING)
    for job, result in zip(jobs, results, strict=True):
        made = msgspec.msgpack.decode(result, type=Made)
        sha256s |= dict(zip((each.key for each in job), made.sha256s, strict=False))
        if made.fault:
            faults[job[0].source] = (made.fault, made.hint)
    artifacts = [
        Artifact(
            path=each.path,
            role=roles[each.path],
            load=partial(fetch, store, each),
            sha256=sha256s[each.key],
            source=each.source,
        )
        for each in variants
        if each.key in sha256s
    ]
    return artifacts, [_broken(source, *fault) for source, fault in sorted(faults.items())]


def fetch(store: Store, variant: Variant) -> bytes:
    """Return a file of a picture, made once more where the store has lost it.

    Raises SiteError where its original has become another one meanwhile.
    """
    content = store.get(variant.key)
    if content is None:
        made, fault, hint = _make([variant])
        if fault:
            raise SiteError([_broken(variant.source, fault, hint)])
        content = made[0]
        store.put(variant.key, content)
    return content


def _cost(assets: Sequence[Asset]) -> float:
    """Return about how many milliseconds it takes to look at one of these pictures."""
    usual_width, usual_height = _USUAL
    pixels = [(asset.width or usual_width) * (asset.height or usual_height) for asset in assets]
    return LOOKING + LOOKING_AT_A_PIXEL * sum(pixels) / max(1, len(pixels))


def _look_job(asset: Asset) -> LookJob:
    assert asset.read is not None
    return LookJob(sha256=asset.original, read=asset.read)


def _broken(source: str, fault: str, hint: str = "") -> Problem:
    if hint:
        return Problem(path=source, code="foreign-picture", message=f"it {fault}", hint=hint)
    return Problem(
        path=source,
        code="broken-picture",
        message=f"it cannot be read as a picture: {fault}",
        hint="save it again, or take another one",
    )


def _tells_place(source: str) -> Problem:
    return Problem(
        path=source,
        code="film-place",
        message="the film's file says where it was taken, and films are published as they are",
        hint="`ffmpeg -i FILM -map 0:v -map 0:a? -map_metadata -1 -c copy NEW` writes one without",
        severity="warning",
    )
