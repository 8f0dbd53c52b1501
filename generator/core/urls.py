"""Words -> URL segments, and what a URL path of this site may look like."""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from functools import cache
from urllib.parse import quote, urlsplit

_SPELLED = {"+": "p", "#": " sharp", "&": " and ", "@": " at "}
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff<>:\"|?*\\#%{}]")
_FILE_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}")
MOST_PATH_BYTES = 900
"""S3 keys hold at most 1,024 bytes (Amazon S3 User Guide, "Naming Amazon S3 objects"); some are
kept for a prefix and `index.html`."""


def slugify(text: str) -> str:
    """Return `text` as one URL segment: lower case, letters and digits of any script, hyphens.

    "C++" becomes "cpp" and "C#" "c-sharp", so that they differ. May be empty.
    """
    text = unicodedata.normalize("NFKC", text).lower()
    for sign, spelled in _SPELLED.items():
        text = text.replace(sign, spelled)
    text = re.sub(r"['’]", "", text)
    return re.sub(r"(?:[^\w.]|_)+", _hyphen, text).strip("-.")


def _hyphen(found: re.Match[str]) -> str:
    """Return a hyphen for what stands between words, after the marks that belong to the word before
    it: without its vowel signs a word in Hindi is another."""
    if found[0].isascii() or not found.start():
        return "-"
    marks = "".join(itertools.takewhile(_is_mark, found[0]))
    return marks if marks == found[0] else f"{marks}-"


def _is_mark(char: str) -> bool:
    selector = "\ufe00" <= char <= "\ufe0f"  # says how the emoji before it looks
    return unicodedata.category(char).startswith("M") and not selector


def path_fault(path: str) -> str:
    """Say why `path` (internal, from `/`) cannot be a URL of the site; empty when it can.

    What Windows cannot store is refused too, so that a site builds the same everywhere
    (Microsoft, "Naming Files, Paths, and Namespaces").
    """
    if not path.startswith("/"):
        return "it does not start with /"
    if "//" in path:
        return "it contains //"  # at its start it would be the name of another site
    if found := _FORBIDDEN.search(path):
        return f"it contains {found[0]!r}"
    if len(path.encode()) > MOST_PATH_BYTES:
        return f"it is longer than {MOST_PATH_BYTES} bytes"
    for segment in path.strip("/").split("/"):
        if segment in (".", ".."):
            return f"it contains `{segment}`"
        if segment.endswith("."):
            return f"`{segment}` ends with a dot"
        if segment != segment.strip():
            return f"`{segment}` begins or ends with a space"
        if len(segment.encode()) > 200:
            return "one of its segments is longer than 200 bytes"
        if _RESERVED.fullmatch(segment):
            return f"`{segment}` is a name that Windows reserves"
    return ""


@cache
def term_slug(name: str) -> str:
    """Return the URL segment of a term: equal for spellings of one name, and never unusable.

    A name that has neither letter nor digit is spelled in the code points of its characters; one
    that no URL can have here (too long, reserved by Windows) ends in a part of its digest.
    """
    slug = slugify(name) or "-".join(f"{ord(char):x}" for char in name)
    if path_fault(f"/{slug}/"):
        slug = f"{slug[:40].rstrip('-.')}-{hashlib.sha256(slug.encode()).hexdigest()[:8]}"
    return slug


@cache
def written_url(path: str) -> str:
    """Return an internal URL as it is written in a page: percent-encoded where it must be
    (RFC 3986, section 3.3)."""
    return quote(path, safe="/~!$&'()*+,;=:@")


def folders_of(path: str) -> list[str]:
    """Return the folders that an output path needs, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def output_path(url: str) -> str:
    """Return where the page at `url` (internal, from `/`) lies in the output folder."""
    path = url.lstrip("/")
    return f"{path}index.html" if not path or path.endswith("/") else path


def ending(path: str) -> str:
    """Return the last part of a path's name with its dot, or an empty text."""
    _, dot, last = path.rpartition("/")[2].rpartition(".")
    return f"{dot}{last}" if dot else ""


def looks_like_file(path: str) -> bool:
    """Whether a path's name ends as those of files do: in a dot, a letter, and up to four more
    letters or digits."""
    return _FILE_ENDING.fullmatch(ending(path)) is not None


def canonical(url: str) -> str:
    """Return the one form of a page's or an alias's URL: `/a` and `/a/index.html` are `/a/`.

    A page that is a file of its own ends in `.html` or `.htm`, and stays as it is.
    """
    if url.endswith("/index.html"):
        return url.removesuffix("index.html")
    return url if url.endswith(("/", ".html", ".htm")) else f"{url}/"


_EXAMPLES = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")


def is_example(url: str) -> bool:
    """Return whether a URL's host is one that nobody can have (RFC 2606, sections 2 and 3)."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return any(host == name or host.endswith(f".{name}") for name in _EXAMPLES)


def shorten(text: str, most: int) -> str:
    """Return `text` cut at a word's end, with an ellipsis where something was left out."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip(",;:. ") + "…"
