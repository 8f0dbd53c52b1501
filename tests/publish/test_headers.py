"""Media types: one table, the same on every machine, and what the CDN makes of them."""

import json
import mimetypes
import re
import subprocess
import sys

import pytest

from generator.publish.headers import content_type, headers_for, is_text
from tests.support.sites import MINIMAL, built, content_of, post
from tests.support.tools import npm_package
from tools import media_types

# CloudFront Developer Guide, "File types that CloudFront compresses": those of web sites.
COMPRESSED = {
    "application/dash+xml", "application/eot", "application/font", "application/font-sfnt",
    "application/javascript", "application/json", "application/opentype", "application/otf",
    "application/pkcs7-mime", "application/protobuf", "application/rss+xml",
    "application/truetype", "application/ttf", "application/vnd.apple.mpegurl",
    "application/vnd.ms-fontobject", "application/xhtml+xml", "application/xml",
    "application/x-javascript", "font/eot", "font/opentype", "font/otf", "font/ttf",
    "image/svg+xml", "text/css", "text/csv", "text/html", "text/javascript", "text/js",
    "text/plain", "text/richtext", "text/tab-separated-values", "text/xml", "text/x-component",
    "text/x-java-source", "text/x-script",
}  # fmt: skip
SMALLEST = 1_000
"""Bytes; what is smaller CloudFront sends as it is (the same page)."""

# Where Python's table and ours differ for a reason: IANA has something else, or nothing.
PYTHONS_OWN = {
    ".3g2": "video/3gpp2",
    ".3gp": "video/3gpp",
    ".3gpp": "video/3gpp",
    ".bat": "application/x-msdownload",
    ".c": "text/x-c",
    ".h": "text/x-c",
    ".ico": "image/vnd.microsoft.icon",
    ".m3u": "audio/x-mpegurl",
    ".man": "text/troff",
    ".me": "text/troff",
    ".mif": "application/vnd.mif",
    ".mjs": "text/javascript",
    ".ms": "text/troff",
    ".obj": "model/obj",
    ".opus": "audio/ogg",
    ".pl": "application/x-perl",
    ".pyo": "model/vnd.pytha.pyox",
    ".rdf": "application/rdf+xml",
    ".roff": "text/troff",
    ".sgm": "text/sgml",
    ".sgml": "text/sgml",
    ".srt": "application/x-subrip",
    ".t": "text/troff",
    ".tr": "text/troff",
    ".wsdl": "application/wsdl+xml",
    ".js": "text/javascript",
    ".xml": "application/xml",
    ".xsl": "application/xml",
}
UNKNOWN_TO_IANA = {
    ".3gpp2", ".a", ".ass", ".loas", ".mpa", ".nws", ".o", ".ppa", ".pwz", ".pyc", ".wiz", ".xlb",
    ".xpdl",
}  # fmt: skip


def bare(path: str) -> str:
    return content_type(path).partition(";")[0]


def test_the_table_is_made_of_mime_db() -> None:
    db = json.loads((npm_package("mime-db", media_types.VERSION) / "db.json").read_text())
    types = media_types.media_types(db)
    assert media_types.TARGET.read_text() == media_types.module_of(types)
    theirs = [(one, kind) for kind, entry in db.items() for one in entry.get("extensions", ())]
    unlike = {
        one for one, kind in theirs if bare(f"x.{one}") not in (kind, kind.replace("/x-", "/"))
    }
    several = {one for one in unlike if len([e for e, _ in theirs if e == one]) > 1}
    assert unlike - set(media_types.INSTEAD) == several


def test_every_ending_that_python_knows_is_known() -> None:
    """On any version: what a newer one adds must be decided on here."""
    theirs = mimetypes.MimeTypes(filenames=()).types_map[True]
    for ending, kind in theirs.items():
        if ending in UNKNOWN_TO_IANA or kind == "application/octet-stream":
            continue
        assert bare(f"x{ending}") != "application/octet-stream", ending
    for ending, kind in PYTHONS_OWN.items():
        assert bare(f"x{ending}") == kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.ttf", "font/ttf"),
        ("a.otf", "font/otf"),
        ("a.eot", "application/vnd.ms-fontobject"),
        ("a.woff2", "font/woff2"),
        ("a.ogg", "audio/ogg"),
        ("a.m4a", "audio/mp4"),
        ("a.flac", "audio/flac"),
        ("a.wav", "audio/wav"),
        ("a.mp4", "video/mp4"),
        ("a.epub", "application/epub+zip"),
        ("a.gz", "application/gzip"),
        ("a.JPG", "image/jpeg"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.xml", "application/xml; charset=utf-8"),
        ("a.geojson", "application/geo+json; charset=utf-8"),
        ("site.webmanifest", "application/manifest+json; charset=utf-8"),
        ("rss.xml", "application/rss+xml; charset=utf-8"),
        ("feed.json", "application/json; charset=utf-8"),
        (".well-known/apple-app-site-association", "application/json; charset=utf-8"),
        (".well-known/matrix/server", "application/json; charset=utf-8"),
        ("matrix/server", "application/octet-stream"),
        ("LICENSE", "text/plain; charset=utf-8"),
        ("posts/v1.2", "application/octet-stream"),
        ("x.unheard-of", "application/octet-stream"),
        ("posts/a/index.html", "text/html; charset=utf-8"),
    ],
)
def test_types(path: str, kind: str) -> None:
    assert content_type(path) == kind
    gzipped = headers_for(f"{path}.gz", "page", page_max_age=60, cdn=False, encoding="gzip")
    assert (gzipped.content_type, gzipped.content_encoding) == (kind, "gzip")


def test_no_table_of_the_machine_is_asked() -> None:
    """Types that a machine's own /etc/mime.types or registry adds change nothing."""
    script = (
        "import mimetypes; mimetypes.add_type('text/machine', '.html');"
        "mimetypes.add_type('text/machine', '.qqq');"
        "import generator.publish.headers as h;"
        "print(h.content_type('a.html'), h.content_type('a.qqq'));"
        "import sys; print(h.__dict__.get('mimetypes'))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout.split("\n")[:2] == [
        "text/html; charset=utf-8 application/octet-stream",
        "None",
    ]


def test_what_a_build_writes_is_compressed_by_the_distribution() -> None:
    posts = {
        f"content/posts/p{n}.md": post(f"title: P{n}\ndate: 2021-05-01\ntags: [a]", "Word. " * 300)
        for n in range(9)
    }
    sheet = (MINIMAL / "static/css/site.css").read_bytes()
    made = content_of(built(posts | {"static/icons/icon.svg": b"<svg/>"}))
    made["assets/site.css"] = sheet
    assert {"feed.json", "feed.xml", "sitemap.xml"} <= made.keys()
    for path, content in made.items():
        kind = content_type(path)
        if is_text(kind) and len(content) >= SMALLEST:
            assert re.sub(";.*", "", kind) in COMPRESSED, path
