"""Writes generator/publish/media_types.py from the npm package mime-db: `media_types.py DB.JSON`.

mime-db gathers what IANA has registered and what Apache and nginx add. Where it names several types
for an ending, the one of IANA is taken; where IANA has several, or none of them is what browsers
expect, PREFERRED says which, and ADDED has endings that it does not know. A test makes the file
again and compares.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VERSION = "1.54.0"
TARGET = Path(__file__).parents[1] / "generator" / "publish" / "media_types.py"

PREFERRED = {
    # Both are IANA's. Of audio and video, the type that players ask for.
    "3gpp": "video/3gpp",
    "mp4": "video/mp4",
    "mpg4": "video/mp4",
    "mts": "video/mp2t",
    "ac": "application/pkix-attr-cert",
    "asc": "application/pgp-signature",
    "mpp": "application/vnd.ms-project",
    "rtf": "application/rtf",  # of text/rtf one would say that it is UTF-8
    "sub": "text/vnd.dvb.subtitle",
    "xml": "application/xml",  # RFC 7303, section 9.2
    "xsl": "application/xml",
    # None is IANA's.
    "bdoc": "application/bdoc",
    "prc": "application/x-mobipocket-ebook",
    "ra": "audio/x-pn-realaudio",
    "wav": "audio/wav",
    "wmz": "application/x-ms-wmz",
    # IANA's is another thing under the same ending than the one in use.
    "org": "text/x-org",
    "pdb": "application/x-pilot",
}

ADDED = {
    "bib": "text/plain",
    "cur": "image/x-icon",
    "gmi": "text/gemini",
    "go": "text/plain",
    "h5": "application/x-hdf5",
    "ipynb": "application/x-ipynb+json",
    "ksh": "text/plain",
    "lock": "text/plain",
    "patch": "text/x-diff",
    "pjp": "image/jpeg",
    "diff": "text/x-diff",
    "py": "text/x-python",
    "rs": "text/plain",
}

INSTEAD = {"jfif": "image/jpeg", "m4v": "video/mp4", "pjpeg": "image/jpeg"}
"""The types under which browsers show what mime-db knows by older names."""

_RANK = {"iana": 0, "nginx": 1, "apache": 2}


def media_types(db: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return ending (lower case, without a dot) -> media type. Raises ValueError for an ending
    that the sources do not decide."""
    known: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for kind, entry in db.items():
        for ending in entry.get("extensions", ()):
            known[ending].append((_RANK.get(entry.get("source", ""), 3), kind))
    found = dict(ADDED)
    for ending, kinds in known.items():
        best = min(rank for rank, _ in kinds)
        [*first] = sorted(kind for rank, kind in kinds if rank == best)
        chosen = PREFERRED.get(ending) or (first[0] if len(first) == 1 else "")
        if chosen not in [kind for _, kind in kinds]:
            raise ValueError(f"{ending}: PREFERRED must say which of {', '.join(first)} it is")
        registered = chosen.replace("/x-", "/")  # such as audio/flac, since RFC 9639
        found[ending] = registered if db.get(registered, {}).get("source") == "iana" else chosen
    found |= INSTEAD
    return {ending: kind for ending, kind in found.items() if kind != "application/octet-stream"}


def module_of(types: Mapping[str, str]) -> str:
    """Return the module's text."""
    endings: dict[str, list[str]] = defaultdict(list)
    for ending, kind in types.items():
        endings[kind].append(ending)
    table = "; ".join(f"{kind} {' '.join(sorted(endings[kind]))}" for kind in sorted(endings))
    lines = textwrap.fill(table, 99, break_on_hyphens=False, break_long_words=False)
    return (
        '"""Media types by ending: made by tools/media_types.py from mime-db '
        f'{VERSION}, IANA\'s first."""\n\nTABLE = """\n{lines}\n"""\n'
        '"""Each type is followed by its endings, and parted from the next one by a semicolon."""\n'
    )


if __name__ == "__main__":
    TARGET.write_text(module_of(media_types(json.loads(Path(sys.argv[1]).read_text()))))
