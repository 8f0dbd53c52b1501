"""The documents at the store: read by versions of the program before and after this one."""

from __future__ import annotations

import gzip

import msgspec
import pytest

from generator.publish import manifest
from generator.publish.headers import headers_for
from generator.publish.manifest import (
    FORMAT,
    GZIP_FROM,
    Entry,
    Journal,
    Manifest,
    Record,
    UnreadableDocument,
    decode_journal,
    decode_manifest,
    decode_record,
    encode,
)

HEADERS = headers_for("a.html", "page", page_max_age=60, cdn=False)


def large(format_: int = FORMAT) -> Manifest:
    """Return the manifest of a thousand pages."""
    entries = {
        f"posts/{number}/index.html": Entry(
            sha256=f"{number:064x}", size=number, role="page", headers=HEADERS, etag=f'"{number}"'
        )
        for number in range(1_000)
    }
    return Manifest(format=format_, sequence=7, release="r", entries=entries)


def test_a_large_manifest_is_kept_compressed_and_a_plain_one_read_as_well() -> None:
    plain = msgspec.json.encode(large())
    assert len(plain) > GZIP_FROM
    kept = encode(large())
    assert len(kept) < len(plain) / 5
    assert kept == encode(large()), "the same bytes, by which a lost answer is known"
    assert decode_manifest(kept) == decode_manifest(plain) == large()
    assert decode_manifest(gzip.compress(plain, 1)) == large()


def test_a_small_manifest_is_plain() -> None:
    small = Manifest(sequence=1)
    assert msgspec.json.decode(encode(small)) == {"sequence": 1}
    assert decode_manifest(gzip.compress(encode(small))) == small


@pytest.mark.parametrize("kind", [Manifest, Journal, Record])
def test_what_a_newer_version_wrote_is_refused_in_words(kind: type[msgspec.Struct]) -> None:
    needed = {"token": "t", "release": "r", "sequence": 1}
    names = set(kind.__struct_fields__) & needed.keys()
    document = kind(format=FORMAT + 1, **{name: needed[name] for name in names})
    read = {Manifest: decode_manifest, Journal: decode_journal, Record: decode_record}[kind]
    for body in (encode(document), gzip.compress(encode(document))):
        with pytest.raises(UnreadableDocument, match="written by a newer Tidepost"):
            read(body)


def test_fields_that_a_later_version_adds_are_no_obstacle() -> None:
    """A version that is gone back to reads what it knows of."""
    later = {**msgspec.to_builtins(large()), "added_later": {"a": [1]}}
    assert decode_manifest(gzip.compress(msgspec.json.encode(later))) == large()


@pytest.mark.parametrize("spoil", [lambda raw: raw[:-9], lambda raw: raw[:2] + b"x" * 90])
def test_a_damaged_document_is_told_as_one(spoil: object) -> None:
    with pytest.raises(UnreadableDocument, match="is damaged"):
        manifest.decode_manifest(spoil(encode(large())))  # type: ignore[operator]
