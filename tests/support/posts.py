"""Posts as writers write them, made by a seed; and pieces of Markdown to build odd ones from."""

from __future__ import annotations

import random
from collections.abc import Iterator

WORDS = [
    "harbour",
    "lantern",
    "ledger",
    "meadow",
    "orbit",
    "quarry",
    "ribbon",
    "signal",
    "timber",
    "valley",
    "window",
    "yarrow",
    "zenith",
    "anchor",
    "bellows",
    "copper",
    "drift",
    "ember",
    "fathom",
    "gravel",
    "hollow",
    "island",
    "juniper",
    "kettle",
    "loom",
    "marble",
]

CODE = {
    "python": "class {0}:\n    def {1}(self, x=None):\n        return f'{{x}} {2}'  # {3}\n",
    "javascript": "const {0} = async ({1}) => {{\n  return (await {2}(`/`)).ok && {1} < 3;\n}};\n",
    "bash": 'for {0} in *.md; do\n  echo "${0}" >> {1}.log\ndone\n',
    "html": '<a class="{0}" href="/{1}">{2} &amp; {3}</a>\n',
    "": "plain {0} < {1} & {2}\n",
}

ODD = [
    "word",
    "two words",
    "A & B",
    "AT&T",
    "&amp;",
    "&copy;",
    "&#38;",
    "a<b",
    "a < b",
    "<b>",
    "</b>",
    "<div>",
    "<!--more-->",
    "<!-- x -->",
    "*",
    "**",
    "***",
    "_",
    "__",
    "`",
    "``",
    "```",
    "~~~",
    "~",
    "~~",
    "[",
    "]",
    "(",
    ")",
    "![",
    "](",
    "[a](b)",
    "[a](http://x.y/z_w?q=1&r=2)",
    "[a](b 't')",
    '[a](b "t")',
    "![alt](i.png)",
    "![](i.png)",
    "[![a](b.png)](c)",
    "[^1]",
    "[^1]: note",
    "*[HTML]: Hyper",
    "[ref]: http://x",
    "[ref]",
    "[a][ref]",
    "{: .c}",
    "{.c}",
    "{ #id }",
    "\\",
    "\\*",
    "\\\\",
    "!",
    "!!! note",
    "!!!",
    "#",
    "##",
    "# H",
    "## H ##",
    "#hash",
    "C#",
    "###### six",
    "####### seven",
    "=",
    "===",
    "---",
    "--",
    "- - -",
    "* * *",
    "___",
    "- item",
    "* item",
    "+ item",
    "1. one",
    "2. two",
    "10) x",
    "1.",
    "-",
    "> q",
    ">q",
    ">",
    "    code",
    "  two",
    "   three",
    "\t",
    ":",
    "Term",
    ": def",
    "- [ ] todo",
    "- [x] done",
    "[TOC]",
    "http://x.y",
    "<http://x.y>",
    "<a@b.c>",
    "`code`",
    "``co`de``",
    "`<div>`",
    "`a\\`",
    "*em*",
    "**strong**",
    "_em_",
    "__strong__",
    "snake_case_word",
    "a*b*c",
    "*a _b_ c*",
    "***both***",
    "**a *b* c**",
    "é",
    "“q”",
    "\xa0",
    "\u3000",
    "日本",
    "''",
    '"',
    "'",
    "...",
    "(c)",
    "  ",
    "   ",
    " ",
    "  \n",
    "\n    ",
    "\n  ",
    "\n> ",
    "\n- ",
    "\n1. ",
    "\n    - ",
    "\n        - ",
    "```py\nx = 1\n```",
    "```\ncode\n```",
    "~~~\ncode\n~~~",
    '```py title="x"\ny\n```',
    "```\nunclosed",
    "``` {.py}\nx\n```",
    "> ```\n> x\n> ```",
    "%",
    "@",
    "^",
    "a\\\nb",
    "\r\n",
    "x_",
    "_x",
    "*x",
    "x*",
    "*x *",
    "(*a*)",
    "**a**b",
    "b**a**",
    "_a_b",
    "*a\nb*",
    "[a\nb](c)",
    "`a\nb`",
    "[*a*](b)",
    "*[a](b)*",
    "**[a](b)**",
    "[`c`](d)",
    "![`c`](d)",
    "**`c`**",
    "`c`*e*",
    "*a*_b_",
    "_a_*b*",
    "*a*  \nb",
    "a  \n*b*",
    "*a  \n*",
    "~~gone~~",
    "{{ year() }}",
    "{% note() %}",
    "{% end %}",
    "///Footnotes Go Here///",
    "| a | b |",
    "|---|---|",
    "a | b",
    "--|--",
    "| `x|y` | z |",
    "|",
    "||",
    "\n| ",
]

BLOCKS = [
    "para *em* and `code`",
    "- a\n- b",
    "* a\n* b",
    "1. a\n2. b",
    "3. a",
    "> q\n> r",
    "> q\n>\n> r",
    "> q\n>",
    "# H",
    "## H",
    "T\n===",
    "T\n---",
    "---",
    "```py\nx\n```",
    "```\n```",
    "| a | b |\n|---|--:|\n| 1 | 2 |",
    "| a | b |\n|:-:|---|\n| 1 |",
    "a | b\n--|:--\n1 | 2 | 3",
    "![a](b) ![c](d)",
    "text\n```\nc\n```\nmore",
    "- a\n  b",
    "- a\n    b",
    "- a\n\n    b",
    "- a\n    - b\n    - c\n- d",
    "- a\n    1. b\n        - c\n- d",
    "- a\n    - b\n  c\nd\n- e",
    "- a\n  - b",
    "text\n- a",
    "text\n1. a",
    "text\n# H",
    "# H\n- a",
    "- a\n# H",
    "- a\n---",
    "> a\nb",
    "> - a",
    "> > a",
    "- > a",
    "- # H",
    "- 1. a",
    "1. a\n- b",
    "a  \nb",
    "a  \n \u3000b",
    " a",
    "    code",
    "| a |\n|---|\n| b |",
    "<!--more-->",
    "<!-- more -->\n# H",
    "- !!! note",
    '!!! note "T"\n    text',
    "Term\n:   def",
    "- [ ] todo",
    "a[^1]\n\n[^1]: b",
    "<div markdown=1>\n*a*\n</div>",
]


def posts(count: int, seed: int = 1) -> Iterator[str]:
    """Yield `count` bodies of several kilobytes, the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        yield "\n\n".join(_blocks(chance)) + "\n"


def _blocks(chance: random.Random) -> Iterator[str]:
    for section in range(chance.randint(2, 5)):
        if section:
            level = 2 if section == 1 else chance.choice((2, 2, 3))
            yield f"{'#' * level} {' '.join(_words(chance, 1, 5)).capitalize()}"
        for _ in range(chance.randint(1, 4)):
            yield chance.choice((_paragraph, _paragraph, _list, _code, _table, _quote, _image))(
                chance
            )


def _words(chance: random.Random, low: int, high: int) -> list[str]:
    return chance.choices(WORDS, k=chance.randint(low, high))


def _sentence(chance: random.Random) -> str:
    words = _words(chance, 5, 14)
    word = chance.choice(WORDS)
    words[chance.randrange(len(words))] = chance.choice(
        (word, f"*{word}*", f"**{word}**", f"`{word}()`", f"[{word}](https://example.org/{word})")
    )
    return " ".join(words).capitalize() + "."


def _paragraph(chance: random.Random) -> str:
    sentences = [_sentence(chance) for _ in range(chance.randint(2, 6))]
    return chance.choice((" ", "\n")).join(sentences)


def _list(chance: random.Random) -> str:
    marker = chance.choice(("- ", "* ", "1. "))
    return "\n".join(marker + _sentence(chance) for _ in range(chance.randint(2, 6)))


def _code(chance: random.Random) -> str:
    language = chance.choice(list(CODE))
    return f"```{language}\n{CODE[language].format(*_words(chance, 4, 4))}```"


def _table(chance: random.Random) -> str:
    rows = [f"| {' | '.join(_words(chance, 3, 3))} |" for _ in range(chance.randint(2, 5))]
    return "\n".join([rows[0], "|---|:--|--:|", *rows[1:]])


def _quote(chance: random.Random) -> str:
    return "> " + _sentence(chance)


def _image(chance: random.Random) -> str:
    return f"![{' '.join(_words(chance, 1, 4))}](/images/{chance.choice(WORDS)}.jpg)"
