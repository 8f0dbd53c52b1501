"""The recording that a post is: an episode of a podcast."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.config.base import Group
from generator.content.notes import is_web_address

TYPES = {
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "m4v": "video/mp4",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
}
"""IANA's, but for `aac` and `wav`, which browsers and podcast apps know by these names."""

_SUFFIX = re.compile(r"\.([A-Za-z0-9]+)(?:[?#].*)?$")

_MEDIA_TYPE = re.compile(r"(?:audio|video)/[\w.+-]+")
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):([0-5]\d)")


class Audio(Group, frozen=True):
    """A recording: the name of a file beside the post or in static/, or a full address.

    `length` is in bytes, `type` a media type; both are read from a file of the site. `duration` is
    `45:30`, `1:45:30` or a number of seconds. `transcript` is a file or an address, too.
    """

    file: str
    length: int = 0
    type: str = ""
    duration: str | int = ""
    episode: int = 0
    season: int = 0
    explicit: bool | None = None
    transcript: str = ""

    @property
    def seconds(self) -> int:
        """How long it is, 0 where that is not said."""
        if isinstance(self.duration, int):
            return max(0, self.duration)
        if found := _CLOCK.fullmatch(self.duration.strip()):
            hours, minutes, seconds = (int(part or 0) for part in found.groups())
            return hours * 3600 + minutes * 60 + seconds
        return 0

    @property
    def is_remote(self) -> bool:
        """Whether the recording lies on another site."""
        return is_web_address(self.file)


def faults_of(audio: Audio) -> Iterator[tuple[str, str]]:
    """Yield what is wrong or missing: message and hint. A feed has to name length and type of a
    recording (RSS 2.0, "enclosure"), which can be read from a file of the site only."""
    if not audio.file.strip():
        yield "it names no file", "write such as `audio: talk.mp3`"
        return
    if audio.duration and not audio.seconds:
        yield f"`duration: {audio.duration}` is no time", "write such as `duration: 45:30`"
    for name in ("length", "episode", "season"):
        if getattr(audio, name) < 0:
            yield f"`{name}: {getattr(audio, name)}` is less than 0", "write a whole number"
    if audio.type and not _MEDIA_TYPE.fullmatch(audio.type):
        yield f"`type: {audio.type}` is no media type", "write such as `type: audio/mpeg`"
    if audio.is_remote and not audio.length:
        yield f"the length of `{audio.file}` is not known here", length_hint(audio.file)
    if not audio.type and not type_of(audio.file):
        yield f"`{audio.file}` has no ending that says what it is", "add `type: audio/mpeg`"


def length_hint(file: str) -> str:
    """Return how to say how long a recording is that lies elsewhere."""
    return (
        f"write it in bytes: `audio: {{file: {file}, length: 31457280}}`; "
        "`curl --head` shows it as content-length"
    )


def type_of(address: str) -> str:
    """Return the media type of a recording by the end of its name or address, or an empty text."""
    found = _SUFFIX.search(address)
    return TYPES.get(found[1].lower(), "") if found else ""
