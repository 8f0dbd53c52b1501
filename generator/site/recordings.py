"""The recordings that posts are given -> where they lie, how long they are, and of what type."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import msgspec

from generator.content.frontmatter import Document
from generator.content.recordings import length_hint, type_of
from generator.core.problems import Problem
from generator.site.links import Targets, resolve_file

_TRANSCRIPTS = {
    "html": "text/html",
    "json": "application/json",
    "srt": "application/x-subrip",
    "txt": "text/plain",
    "vtt": "text/vtt",
}
"""As the podcast namespace names them (podcasting2.org, "transcript")."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A post's recording; `url` and `transcript` are as pages write them, `length` is in bytes."""

    url: str
    length: int
    type: str
    seconds: int = 0
    episode: int = 0
    season: int = 0
    explicit: bool | None = None
    transcript: str = ""
    transcript_type: str = ""


def resolve_recording(
    document: Document, targets: Targets, media: str, line_of: Callable[[str], int]
) -> tuple[Recording | None, list[Problem]]:
    """Return the recording of a document, and what is wrong with it.

    A name that is no file of the site means one below the address `media`, where that is given.
    """
    audio, source = document.audio, document.source
    if audio is None:
        return None, []
    url, file, problems = resolve_file(audio.file, source, targets, line_of)
    elsewhere = audio.is_remote
    if media and file is None and not elsewhere:
        url, problems, elsewhere = f"{media.rstrip('/')}/{quote(audio.file.lstrip('/'))}", [], True
    length = file.size if file else audio.length
    if not problems and not length:
        problems = [_unknown(audio.file, elsewhere=elsewhere, source=source, line_of=line_of)]
    transcript, kind = "", ""
    if audio.transcript:
        transcript, _, found = resolve_file(audio.transcript, source, targets, line_of)
        problems = [*problems, *found]
        suffix = re.search(r"\.([a-z]+)(?:[?#].*)?$", audio.transcript.lower())
        kind = _TRANSCRIPTS.get(suffix[1] if suffix else "", "text/html")
    return Recording(
        url=url,
        length=length,
        type=audio.type or type_of(audio.file),
        seconds=audio.seconds or (file.seconds if file else 0),
        episode=audio.episode,
        season=audio.season,
        explicit=audio.explicit,
        transcript=transcript,
        transcript_type=kind,
    ), problems


def _unknown(file: str, *, elsewhere: bool, source: str, line_of: Callable[[str], int]) -> Problem:
    hint = length_hint(file)
    message = f"`audio`: the length of `{file}` is not known here"
    if not elsewhere:
        message, hint = (
            f"`audio`: `{file}` is empty, or no file",
            "lay it beside the post, or name another recording",
        )
    return Problem(
        path=source,
        line=line_of(file),
        code="bad-audio",
        message=message,
        hint=hint,
        needle=file,
    )
