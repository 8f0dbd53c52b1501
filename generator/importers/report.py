"""What became of everything that an import found, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from generator.problems import Problem

Kind = Literal["converted", "changed", "left", "kept"]
"""`converted`: it is here now; `changed`: here, but not as it was; `left`: not converted, something
for the owner to look at; `kept`: the site had a file of that name, which was not touched."""

HEADLINES: dict[Kind, str] = {
    "left": "Not converted",
    "changed": "Changed",
    "kept": "Already there, and left as it is",
    "converted": "Converted",
}


class Entry(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that the import has to say.

    `path` and `line` are in the old site; 0 means the whole file. `target` is the file in the new
    site, `url` its address, where there is one. `hint` is the way out.
    """

    path: str
    line: int = 0
    kind: Kind
    message: str
    hint: str = ""
    target: str = ""
    url: str = ""


class Moved(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An address that is not what it was; `new` is empty where nothing answers for it any more."""

    old: str
    new: str
    why: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an import has to say. `settings` is YAML for `site.yaml`; `mend` is what the
    new site's own checks say of it, in its files."""

    origin: str
    entries: tuple[Entry, ...]
    urls: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    settings: str = ""
    mend: tuple[Problem, ...] = ()


def summary(report: Report, *, dry: bool) -> list[str]:
    """Return the few lines that are printed at the end."""
    count = counts(report)
    lines = [
        f"{'Would convert' if dry else 'Converted'} {_many(count['converted'], 'file', 'files')} "
        f"({_many(len(report.urls), 'address', 'addresses')} kept or made, "
        f"{len(report.moved)} changed).",
        f"{_many(count['changed'], 'thing was', 'things were')} changed, "
        f"{_many(count['left'], 'was', 'were')} not converted.",
    ]
    if report.mend:
        keep = _many(len(report.mend), "mistake keeps", "mistakes keep")
        lines.append(f"{keep} the site from being published; see below.")
    if count["kept"]:
        there = _many(
            count["kept"],
            "file was there already and is left as it is",
            "files were there already and are left as they are",
        )
        lines.append(f"{there}.")
    return lines


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def counts(report: Report) -> dict[Kind, int]:
    """Return how many entries there are of each kind."""
    return {kind: sum(each.kind == kind for each in report.entries) for kind in HEADLINES}


def as_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data for `--json`."""
    data: dict[str, Any] = msgspec.to_builtins(report)
    data["counts"] = counts(report)
    return data


def as_markdown(report: Report) -> str:
    """Return the report as it is written to `import-report.md`: the same for the same import."""
    lines = [
        "# Import report",
        "",
        f"Imported from {_code(report.origin)}. Lines are those of the old site's files.",
        "",
        *_mend(report.mend),
    ]
    for kind, headline in HEADLINES.items():
        if kind == "converted":
            lines += _addresses(report.moved) + _settings(report.settings)
        entries = [each for each in report.entries if each.kind == kind]
        if entries:
            lines += [f"## {headline} ({len(entries)})", "", *_list(entries), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _mend(problems: Sequence[Problem]) -> list[str]:
    if not problems:
        return []
    lines = [f"## To be mended before it can be published ({len(problems)})", ""]
    lines += ["Lines here are those of the new files; `publish.py check` says the same.", ""]
    for each in problems:
        place = f"{each.path}:{each.line}" if each.line else each.path
        lines.append(f"- {_code(place)}: {each.code}: {_line(each.message)}")
        if each.hint:
            lines.append(f"    - {_line(each.hint)}")
    return [*lines, ""]


def _list(entries: Iterable[Entry]) -> Iterable[str]:
    for entry in sorted(entries):
        place = f"{entry.path}:{entry.line}" if entry.line else entry.path
        where = f" → {_code(entry.target)}" if entry.target else ""
        url = f", {_code(entry.url)}" if entry.url else ""
        text = f": {_line(entry.message)}" if entry.message else ""
        yield f"- {_code(place)}{where}{url}{text}"
        if entry.hint:
            yield f"    - {_line(entry.hint)}"


def _addresses(moved: Sequence[Moved]) -> list[str]:
    if not moved:
        return []
    lines = [f"## Addresses that changed ({len(moved)})", "", "| was | is | why |", "|---|---|---|"]
    for each in sorted(moved):
        new = _code(each.new) if each.new else "nothing"
        lines.append(
            f"| {_code(each.old)} | {new} | {_line(each.why).replace('|', chr(92) + '|')} |"
        )
    return [*lines, ""]


def _settings(settings: str) -> list[str]:
    if not settings:
        return []
    intro = "What the old site's settings say, for `site.yaml`:"
    return ["## Settings", "", intro, "", "```yaml", settings.rstrip("\n"), "```", ""]


def _code(text: str) -> str:
    """Return text as code in Markdown, whatever is in it."""
    text = _line(text)
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _line(text: str) -> str:
    """Return text on one line, without signs that a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in text)
