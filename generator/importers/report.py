"""What became of everything that an import found, for people and for programs."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from generator.checks.severity import NOT_YET, in_documents
from generator.core.problems import Problem
from generator.importers.verdict import can_wait, checks_block, groups

Kind = Literal["converted", "changed", "left", "kept"]
"""`converted`: it is here now; `changed`: here, but not as it was; `left`: not converted, something
for the owner to look at; `kept`: the site had a file of that name, which was not touched."""

WHOLE = "import-report.json"
"""The file that has what a report leaves out."""

_QUOTED = re.compile(r"`[^`]*`|\d+")

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
    new site's own checks say of it, in its files, and `before` names those of these files that were
    there already; `lets` is whether `checks:` in the new `site.yaml` let wait of it what can, and
    `waits` whether that is all of it."""

    origin: str
    entries: tuple[Entry, ...]
    urls: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    settings: str = ""
    mend: tuple[Problem, ...] = ()
    before: tuple[str, ...] = ()
    lets: bool = False
    waits: bool = False


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
        if report.waits:
            found = _many(len(report.mend), "error", "errors")
            lines.append(f"{found} in the texts: `checks:` in site.yaml lets them wait.")
        else:
            first = [one for one in report.mend if not (report.lets and can_wait(one.code))]
            keep = _many(len(first), "error keeps", "errors keep")
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
        *_mend(report),
    ]
    for kind, headline in HEADLINES.items():
        if kind == "converted":
            lines += _addresses(report.moved) + _settings(report.settings)
        entries = [each for each in report.entries if each.kind == kind]
        if entries:
            listed = _converted(entries) if kind == "converted" else _list(entries)
            lines += [f"## {headline} ({len(entries)})", "", *listed, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _mend(report: Report) -> list[str]:
    if not report.mend:
        return []
    found = groups(report.mend, report.before)
    lines = [f"## To be mended ({len(report.mend)})", ""]
    lines += [
        "`checks:` in site.yaml lets these warn, so that the site can be published today."
        if report.waits
        else f"{_first(report)}Lines here are those of the new files; `publish.py check` says the "
        "same.",
        *(["", told] if (told := unseen(report.mend)) else []),
        "",
        "| code | how many | from | such as | at |",
        "|---|--:|---|---|---|",
    ]
    for one in found:
        places = ", ".join(_code(place) for place in one.places)
        message = _cell(f"{one.message}; {one.hint}" if one.hint else one.message)
        lines.append(f"| {_code(one.code)} | {one.count} | {one.whose} | {message} | {places} |")
    block = "" if report.lets else checks_block(found)
    if block:
        lines += ["", "To let what can wait be a warning for now, in `site.yaml`:", ""]
        lines += ["```yaml", block.rstrip("\n"), "```"]
    return [*lines, ""]


def unseen(mend: Sequence[Problem]) -> str:
    """Say what was not looked at, where a document cannot be read; empty where all was."""
    hint = "Import again then: the report has what `checks:` can let wait of it."
    return f"{NOT_YET} {hint}" if in_documents(mend) else ""


def _first(report: Report) -> str:
    """Say which errors cannot wait, where others do."""
    codes = sorted({one.code for one in report.mend if not can_wait(one.code)})
    named = ", ".join(_code(code) for code in codes)
    return f"Mend {named} first: `checks:` in site.yaml lets all else warn. " if report.lets else ""


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


_MOST_ALIKE, _MOST_PLACES, _MOST_FILES = 3, 5, 40


def _list(entries: Iterable[Entry]) -> Iterable[str]:
    """Yield a line for each entry; many that say the same of other things are one line."""
    alike: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in sorted(entries):
        alike[_QUOTED.sub("`…`", entry.message), entry.hint].append(entry)
    alone = {id(entry) for found in alike.values() if len(found) <= _MOST_ALIKE for entry in found}
    yield from itertools.chain.from_iterable(
        _one(entry) for entry in sorted(entries) if id(entry) in alone
    )
    groups_found = [found for found in alike.values() if len(found) > _MOST_ALIKE]
    for found in sorted(groups_found, key=lambda each: -len(each)):
        places = ", ".join(_code(_place(entry)) for entry in found[:_MOST_PLACES])
        more = len(found) - _MOST_PLACES
        places += f" and {more} more in `{WHOLE}`" if more > 0 else ""
        yield f"- {len(found)} times, such as: {_line(found[0].message)} ({places})"
        if found[0].hint:
            yield f"    - {_line(found[0].hint)}"


def _place(entry: Entry) -> str:
    return f"{entry.path}:{entry.line}" if entry.line else entry.path


def _one(entry: Entry) -> Iterable[str]:
    where = f" → {_code(entry.target)}" if entry.target else ""
    url = f", {_code(entry.url)}" if entry.url else ""
    text = f": {_line(entry.message)}" if entry.message else ""
    yield f"- {_code(_place(entry))}{where}{url}{text}"
    if entry.hint:
        yield f"    - {_line(entry.hint)}"


def _converted(entries: Sequence[Entry]) -> Iterable[str]:
    for entry in sorted(entries)[:_MOST_FILES]:
        yield from _one(entry)
    if len(entries) > _MOST_FILES:
        yield f"- and {len(entries) - _MOST_FILES} more: all of them are in `{WHOLE}`"


def _addresses(moved: Sequence[Moved]) -> list[str]:
    if not moved:
        return []
    lines = [f"## Addresses that changed ({len(moved)})", "", "| was | is | why |", "|---|---|---|"]
    for each in sorted(moved)[:_MOST_FILES]:
        new = _code(each.new) if each.new else "nothing"
        lines.append(f"| {_code(each.old)} | {new} | {_cell(each.why)} |")
    if len(moved) > _MOST_FILES:
        lines += ["", f"And {len(moved) - _MOST_FILES} more: all are in `{WHOLE}`."]
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
