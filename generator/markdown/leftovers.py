"""Signs in a text that were meant to do something, and that readers would see as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_WORDS = r"\[[^\[\]\n]{1,200}\]"
_ADDRESS = r"(?:https?://[^\s()\[\]]+|[/#][^\s()\[\]]+|[^\s()\[\]]+\.[A-Za-z][A-Za-z0-9]{1,4}(?:[?#][^\s()\[\]]*)?)"
"""What looks like an address, or like the name of a file."""

_LEFTOVERS = re.compile(
    rf"""
      (?P<heading>\A\#{{2,6}}[^#\s][^\n]{{0,80}})
    | (?P<definition>\A\[[^\[\]\n]{{1,80}}\]:[^\n]{{0,80}})
    | (?P<picture>\A!\ \Z)
    | (?P<item>\A-[^\W\d_][^\n]{{0,80}})
    | (?P<note>\[\^[^\[\]\s]{{1,80}}\])
    | (?P<wiki>!?\[\[[^\[\]\n]{{1,200}}\]\])
    | (?P<tag>\{{\{{[<%][^\n]{{0,200}}?[>%]\}}\}})
    | (?P<spaced>!?\[[^\[\]\n]{{0,200}}\]
        \((?P<with_spaces>[^()<>\n"]*[ ][^()<>\n"]*[/\\.][^()<>\n" ]+)\))
    | (?P<apart>!?{_WORDS}[ ]\((?P<after_space>{_ADDRESS})\))
    | (?P<turned>!?\((?P<words>[^()\n]{{1,200}})\)\[(?P<in_brackets>{_ADDRESS})\])
    | (?P<open>!?{_WORDS}\({_ADDRESS}\Z)
    | (?P<undefined>(?<![\w\]]){_WORDS}\[(?P<label>[^\[\]\n]{{1,80}})\])
    | (?P<stars>(?<![*\w])\*\*(?=[^*\s])[^*\n]{{0,60}} | (?<=[^*\s])\*\*(?![*\w])
        | (?<![^\s])\*\*[ ][^*\n]{{1,60}}[ ]\*\*)
    | (?P<garbled>\w*(?:Ã[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[\x80-\xbf™œ“”˜¦¢]
        |Â[\xa0-\xbf])\w*)
    """,
    re.VERBOSE,
)
SUSPECT = re.compile(r"\A-[^\W\d_]|\A! \Z|\[|\{\{|##|\*\*|[ÃÂ]|â€")
"""What a text has that is worth a closer look."""

_AT_A_START = ("<p>", "\n")


class Leftover(NamedTuple):
    """One of them: its code, what it is and what to do."""

    code: str
    message: str
    hint: str
    shown: str


def leftovers(text: str, out: list[str]) -> Iterator[Leftover]:
    """Yield what readers would see of a text's signs. `out` is the HTML that stands before it."""
    for found in _LEFTOVERS.finditer(text):
        shown = " ".join(found[0].split(" "))
        as_it_is = f"`{shown}` is shown as it is written"
        kind = found.lastgroup if found.lastgroup in _ALONE else _outer(found)
        if kind in ("heading", "definition", "picture", "item") and out[-1:] not in _STARTS:
            continue  # not at a line's start
        if kind == "heading":
            hint = "put a space behind the # signs, or a backslash before them"
            yield Leftover("heading-unspaced", f"`{shown}` is no heading", hint, shown)
        elif kind == "definition":
            hint = 'write [label]: address "title", and no quotes within the title'
            yield Leftover("reference-broken", f"`{shown}` is no definition of a link", hint, shown)
        elif kind == "item":
            lines = "".join(out[-4:]).split("\n")  # the second of a row stands for all of it
            if len(lines) > 1 and lines[-2].startswith(("-", "<p>-")) and lines[-1] == "":
                if len(lines) > 2 and lines[-3].startswith(("-", "<p>-")):
                    continue
                hint = "put a space behind each - sign"
                yield Leftover("list-unspaced", f"`{shown}` is no item of a list", hint, shown)
        elif kind == "note":
            hint = f"write the note, a line `{shown}: ...`, or put this into code"
            yield Leftover("footnote-missing", f"`{shown}` has no note", hint, shown)
        elif kind == "wiki":
            hint = "write [words](file.md), or put it into code"
            if shown.startswith("!"):
                hint = f"write `![words]({shown[3:-2]})`, or put it into code"
            yield Leftover("wiki-link", as_it_is, hint, shown)
        elif kind == "tag":
            hint = "docs/shortcodes.md lists the shortcodes; to show this, put it into code"
            yield Leftover("foreign-tag", as_it_is, hint, shown)
        elif kind == "stars":
            hint = "strong words are written **so**: no space inside, and both ends"
            yield Leftover("emphasis-unread", f"`{shown}`: the ** are shown", hint, shown)
        elif kind == "garbled":
            hint = "an editor has read UTF-8 as another encoding: type the word again"
            yield Leftover("text-garbled", f"`{shown}` is no word", hint, shown)
        else:
            yield Leftover("link-unread", as_it_is, _way_to_link(kind, found), shown)


_ALONE = frozenset(("heading", "definition", "picture", "item", "note", "wiki", "tag", "stars"))
_STARTS = tuple([each] for each in _AT_A_START)


def _outer(found: re.Match[str]) -> str:
    """Return which of the alternatives was found; some have groups within."""
    return next(name for name in (*_ALONE, *_LINKS, "garbled") if found[name] is not None)


_LINKS = ("spaced", "apart", "turned", "open", "undefined")


def _way_to_link(kind: str, found: re.Match[str]) -> str:
    shown = found[0]
    if kind == "picture":
        return "write `![words](file)`, without a space behind the !"
    if kind == "spaced":
        written = found["with_spaces"]
        return (
            f"put an address that has spaces in < and >: `{shown.replace(written, f'<{written}>')}`"
        )
    if kind == "apart":
        return f"take the space between out: `{shown.replace('] (', '](')}`"
    if kind == "turned":
        mark = "!" if shown.startswith("!") else ""
        return f"brackets first: `{mark}[{found['words']}]({found['in_brackets']})`"
    if kind == "open":
        return f"close it: `{shown})`"
    return f"write [words](address), or add a line `[{found['label']}]: address`"
