"""Pagefind, which makes the index for searching, and what is remembered of its last work.

Pagefind's program is spoken to by the protocol of its own Python package, which waits a tenth of a
second for every page and so would take a quarter of an hour for 10,000: messages are JSON in
Base64, each ended by a comma (https://github.com/Pagefind/pagefind, wrappers/python). Handing it a
folder would be simpler, but then the index depends on the order in which the file system lists it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import msgspec

from generator.adapters.files.os_errors import read_file
from generator.core.artifacts import Artifact
from generator.core.problems import Problem, SiteError
from generator.render import search_index
from generator.render.search_index import Entry

_DIGEST_BYTES = 32


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """Pagefind's files, and the key of what they were made from."""

    key: bytes
    files: dict[str, bytes]


_ENTRY = "pagefind-entry.json"


def search_artifacts(entries: Sequence[Entry], kept: Path) -> list[Artifact]:
    """Return the index of `entries`: what `kept` remembers of the last one, or a new one.

    Raises SiteError where Pagefind is not installed or does not work.
    """
    key = search_index.key(entries, _version())
    files = _recall(kept, key)
    if files is None:
        files = make_index(entries)
        _keep(kept, _Kept(key, files))
    return search_index.artifacts(files)


def make_index(entries: Sequence[Entry]) -> dict[str, bytes]:
    """Return Pagefind's files by their paths below its folder. Raises SiteError."""
    from pagefind_bin import get_executable

    try:
        with _Service(get_executable()) as service:
            index = service.ask(type="NewIndex", config={})["index_id"]
            for entry in entries:
                service.ask(
                    type="AddFile", index_id=index, url=entry.url, file_contents=entry.page()
                )
            made = service.ask(type="GetFiles", index_id=index)["files"]
    except (OSError, ValueError, KeyError) as error:
        raise _broken(f"Pagefind does not work: {error}") from None
    files = {file["path"]: base64.b64decode(file["content"]) for file in made}
    if _ENTRY in files:  # it names the languages in another order each time (Pagefind 1.5.2)
        files[_ENTRY] = json.dumps(
            json.loads(files[_ENTRY]), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        ).encode()
    return files


class _Service:
    """Pagefind's program, waiting for messages."""

    def __init__(self, program: Path) -> None:
        self.process = subprocess.Popen(  # noqa: S603 (the program of a package, nothing else)
            [program, "--service"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.unread = b""
        self.number = 0

    def __enter__(self) -> _Service:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def ask(self, **payload: Any) -> dict[str, Any]:
        """Return the answer to one message. Raises ValueError where there is none."""
        self.number += 1
        message = json.dumps({"message_id": self.number, "payload": payload}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(base64.b64encode(message) + b",")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(base64.b64decode(self._read()))["payload"]
        if answer["type"] == "Error":
            raise ValueError(answer.get("message", "it gives no reason"))
        return answer

    def _read(self) -> bytes:
        assert self.process.stdout is not None
        parts = [self.unread]
        while b"," not in parts[-1]:
            # What has arrived so far, at most a megabyte: `read` would wait for all of it.
            part = self.process.stdout.read1(1 << 20)  # type: ignore[attr-defined]
            if not part:
                raise ValueError("it ended without an answer")
            parts.append(part)
        answer, _, self.unread = b"".join(parts).partition(b",")
        return answer


def _version() -> str:
    try:
        return installed_version("pagefind_bin")
    except PackageNotFoundError:
        raise _broken("`search: true` needs Pagefind, which is not installed") from None


def _broken(message: str) -> SiteError:
    hint = "pip install pagefind_bin, or set `search: false` in site.yaml"
    return SiteError([Problem(path="site.yaml", code="no-search", message=message, hint=hint)])


def _recall(path: Path, key: bytes) -> dict[str, bytes] | None:
    """Return the files that were kept under `key`; whatever is damaged is not there."""
    try:
        raw = read_file(path)
        if raw[:_DIGEST_BYTES] != hashlib.sha256(raw[_DIGEST_BYTES:]).digest():
            return None
        kept = msgspec.msgpack.decode(raw[_DIGEST_BYTES:], type=_Kept)
    except (OSError, msgspec.MsgspecError):
        return None
    return kept.files if kept.key == key else None


def _keep(path: Path, kept: _Kept) -> None:
    raw = msgspec.msgpack.encode(kept)
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_bytes(hashlib.sha256(raw).digest() + raw)
    temporary.replace(path)
