"""The theme's files, for sites of tests."""

from __future__ import annotations

from tests.support.sites import PROJECT

THEME = {
    file.relative_to(PROJECT / "templates").as_posix(): file.read_text(encoding="utf-8")
    for file in sorted((PROJECT / "templates").rglob("*"))
    if file.is_file()
}


STATIC = {
    file.relative_to(PROJECT).as_posix(): file.read_bytes()
    for file in sorted((PROJECT / "static").rglob("*"))
    if file.is_file()
}
