"""Static files and the files beside posts -> fingerprinted assets.

A fingerprinted file never changes under its name, so browsers and the CDN may keep it for a year.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, unquote

import msgspec
import rcssmin
import rjsmin

from generator.assets.box_metadata import UnknownContainerError
from generator.assets.image_metadata import with_clean_data
from generator.content.sources import FileFacts
from generator.core.artifacts import Artifact, digest
from generator.core.image_kinds import (
    INSTEAD,
    MADE_JPEG,
    heif_version,
    published_suffix,
    refusal,
)
from generator.core.problems import Problem, did_you_mean

VERBATIM = "static/root/"
"""What lies below goes to the site's root as it is, such as favicon.ico."""

CLEANED = "without metadata 2"
"""Changes whenever a picture comes out differently when its metadata is taken out."""

_CSS_URL = re.compile(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^\"')\s]+))\s*\)")
_CSS_IMPORT = re.compile(r"(@import\s+)(?:\"([^\"]*)\"|'([^']*)')")


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A file under its fingerprinted name. `uses` are the sources of the assets it refers to.

    A picture that is published without its metadata has `read`, for its bytes as they lie in the
    site's folder, and `original`, their digest; `sha256` is then only what its name is made of.
    `kind` is what it is before that: one of generator.core.image_kinds.
    """

    source: str
    path: str
    url: str
    sha256: str
    integrity: str = ""
    width: int = 0
    height: int = 0
    kind: str = ""
    content: bytes | None = None
    uses: tuple[str, ...] = ()
    original: str = ""
    read: Callable[[], bytes] | None = None

    def artifact(self) -> Artifact:
        """Return what is to be written for this asset."""
        if self.content is None:
            return Artifact(
                path=self.path,
                role="asset",
                copy_of=self.source,
                sha256=self.sha256,
                source=self.source,
            )
        return Artifact(path=self.path, role="asset", content=self.content, source=self.source)


def make_assets(
    files: Mapping[str, FileFacts], base: str
) -> tuple[dict[str, Asset], list[Problem]]:
    """Return an Asset for every file, keyed by its path in the site's folder."""
    maker = _Maker(files, base)
    for path in sorted(files):
        if not path.startswith(VERBATIM):
            maker.make(path)
    return maker.assets, maker.problems


def used_assets(assets: Mapping[str, Asset], urls: Iterable[str]) -> list[Asset]:
    """Return the assets that `urls` refer to, and those that these refer to in turn."""
    by_url = {asset.url: source for source, asset in assets.items()}
    wanted = {by_url[url] for url in urls if url in by_url}
    pending = sorted(wanted)
    while pending:
        for used in assets[pending.pop()].uses:
            if used not in wanted:
                wanted.add(used)
                pending.append(used)
    # Files of one name and content in static/ and content/ are one file of the site.
    return list({assets[source].path: assets[source] for source in sorted(wanted)}.values())


class _Maker:
    """Makes assets in the order of their references: a stylesheet's name depends on its files'."""

    def __init__(self, files: Mapping[str, FileFacts], base: str) -> None:
        self.files, self.base = files, base
        self.assets: dict[str, Asset] = {}
        self.problems: list[Problem] = []
        self.in_progress: list[str] = []

    def make(self, path: str) -> Asset:
        if path in self.assets:
            return self.assets[path]
        facts = self.files[path]
        if facts.text is None:
            # Not the name under which it was once published as it was.
            name = facts.sha256
            if facts.read:
                name = digest(f"{_made_by(facts)} {name}".encode())
            asset = self.named(facts, name, None, ())
        else:
            self.in_progress.append(path)
            text = facts.text
            uses: list[str] = []
            if path.endswith(".css"):
                text, uses = self.resolve_css(path, text)
                if not path.endswith(".min.css"):
                    text = str(rcssmin.cssmin(text))
            elif not path.endswith(".min.js"):
                text = str(rjsmin.jsmin(text))
            self.in_progress.pop()
            content = text.encode()
            asset = self.named(facts, digest(content), content, tuple(dict.fromkeys(uses)))
        self.assets[path] = asset
        return asset

    def named(
        self, facts: FileFacts, sha256: str, content: bytes | None, uses: tuple[str, ...]
    ) -> Asset:
        folder_free = facts.path.partition("/")[2]
        stem, extension = posixpath.splitext(folder_free)
        if facts.read:
            extension = published_suffix(extension, facts.kind)
        path = f"assets/{stem}.{sha256[:12]}{extension}"
        integrity = ""
        if content is not None:
            sha384 = hashlib.sha384(content).digest()
            integrity = f"sha384-{base64.b64encode(sha384).decode()}"
        return Asset(
            source=facts.path,
            path=path,
            url=f"{self.base}/{quote(path)}",
            sha256=sha256,
            integrity=integrity,
            width=facts.width,
            height=facts.height,
            kind=facts.kind,
            content=content,
            uses=uses,
            original=facts.sha256 if facts.read else "",
            read=facts.read,
        )

    def resolve_css(self, path: str, text: str) -> tuple[str, list[str]]:
        uses: list[str] = []

        def url(found: re.Match[str]) -> str:
            target = next(group for group in found.groups() if group is not None)
            return f'url("{self.css_target(path, target, uses, text)}")'

        def imported(found: re.Match[str]) -> str:
            target = found[2] if found[2] is not None else found[3]
            return f'{found[1]}url("{target}")'

        return _CSS_URL.sub(url, _CSS_IMPORT.sub(imported, text)), uses

    def css_target(self, path: str, target: str, uses: list[str], text: str) -> str:
        address, mark, tail = re.fullmatch(r"([^?#]*)([?#]?)(.*)", target, re.DOTALL).groups()  # type: ignore[union-attr]
        if target.startswith("data:"):
            return self.data(path, target, text)
        if not address or re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", address):
            return target
        if address.startswith("/"):
            wanted = f"static{unquote(address)}"
        else:
            wanted = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(address)))
        line = text.count("\n", 0, text.index(target)) + 1 if target in text else 0
        if wanted in self.in_progress:
            message = f"`{target}` imports this file in turn"
            self.problem(path, line, "css-loop", message, "take one of the imports out")
            return target
        if wanted not in self.files:
            hint = did_you_mean(wanted, self.files) or f"expected it at {wanted}"
            self.problem(path, line, "missing-file", f"`{target}`: no such file", hint)
            return target
        reason, hint = refusal(self.files[wanted].kind)
        if not reason and self.files[wanted].kind == "TIFF":
            reason, hint = "is a TIFF, which most browsers do not show", INSTEAD
        if reason:
            self.problem(path, line, "foreign-picture", f"`{target}` {reason}", hint)
            return target
        uses.append(wanted)
        return self.make(wanted).url + mark + tail

    def data(self, path: str, target: str, text: str) -> str:
        try:
            return with_clean_data(target)
        except UnknownContainerError as error:
            line = text.count("\n", 0, text.find(target)) + 1
            message = f"a picture that is written into this file cannot be read: {error}"
            self.problem(path, line, "broken-picture", message, "put a file in its place")
            return target

    def problem(self, path: str, line: int, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem(path=path, line=line, code=code, message=message, hint=hint))


def _made_by(facts: FileFacts) -> str:
    """Return what decides, beside its bytes, on the file that is published of a picture."""
    return f"{CLEANED} heif={heif_version()}" if facts.kind in MADE_JPEG else CLEANED
