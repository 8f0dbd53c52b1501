"""Pelican: settings that are read and not run, metadata, addresses, links, reStructuredText."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.importers import pelican
from generator.importers.frontmatter import FrontMatterError
from generator.importers.model import CannotImportError, Conversion, Target
from generator.importers.pelican import rst
from generator.importers.pelican.metadata import of_html, of_markdown
from generator.importers.pelican.python_values import UNKNOWN, read
from tests.importers.old_sites import TARGET, held, left, old_site, text_of
from tests.support.sites import NOW

CONFIG = 'SITENAME = "T"\nSITEURL = "https://a.example"\nPATH = "content"\n'
POST = "Title: X\nDate: 2020-01-02\n"


def converted(files: dict[str, str | bytes], config: str = "") -> Conversion:
    site: dict[str, str | bytes] = {"pelicanconf.py": CONFIG + config}
    return pelican.convert(old_site({**site, **files}), "old", TARGET)


def body_of(text: str, config: str = "") -> tuple[str, list[str]]:
    """Return what a post's text becomes, and what is reported as not converted."""
    made = converted({"content/x.md": f"{POST}\n{text}"}, config)
    return text_of(made, "content/posts/x.md").partition("\n---\n")[2].rstrip("\n"), left(made)


@pytest.mark.parametrize(
    ("module", "found"),
    [
        ("A = 'a'\nB = A + 'b'\nC = f'{A}-{B}'", {"A": "a", "B": "ab", "C": "a-ab"}),
        ("A = B = [1, (2, 'c'), {'d': -3}]", {"A": [1, [2, "c"], {"d": -3}],
                                              "B": [1, [2, "c"], {"d": -3}]}),
        ("A = dict(b=1, c='d')\nA['e'] = 2", {"A": {"b": 1, "c": "d", "e": 2}}),
        ("import os\nA = os.environ.get('X', 'https://a')", {"A": "https://a"}),
        ("A: str = 'x'\nA += 'y'\nB = ['a']\nB += ['b']", {"A": "xy", "B": ["a", "b"]}),
        ("A = f()", {"A": UNKNOWN}),
        ("A = 'a' * 999999999", {"A": UNKNOWN}),
        ("try:\n    A = 1\nexcept ImportError:\n    pass", {"A": 1}),
        ("if x:\n    A = 1\n", {}),
    ],
)  # fmt: skip
def test_settings_say_plain_values(module: str, found: dict[str, Any]) -> None:
    assert read(module, {}) == found


def test_settings_that_are_no_python_are_told() -> None:
    with pytest.raises(FrontMatterError, match="not valid Python"):
        read("A = (", {})
    files = old_site({"pelicanconf.py": "A = (", "content/x.md": f"{POST}\nText.\n"})
    made = pelican.convert(files, "old", TARGET)
    assert [one for one in left(made) if one.startswith("1: the settings: not valid Python")]


def test_a_setting_that_is_worked_out_is_told() -> None:
    made = converted({"content/x.md": f"{POST}\nText.\n"}, "ARTICLE_SAVE_AS = make()\n")
    assert "0: the setting `ARTICLE_SAVE_AS` is worked out by the old site's own code" in left(made)
    assert made.report.urls == ("/x.html",)


def test_settings_of_publishing_come_before_others() -> None:
    files: dict[str, str | bytes] = {
        "publishconf.py": "from pelicanconf import *\nARTICLE_SAVE_AS = 'b/{slug}.html'\n",
        "content/x.md": f"{POST}\nText.\n",
    }
    made = converted(files, "ARTICLE_SAVE_AS = 'a/{slug}.html'\n")
    assert made.report.urls == ("/b/x.html",)


@pytest.mark.parametrize(
    ("text", "values", "body", "line"),
    [
        ("Title: A\nTags: b, c\n\nText.\n", {"title": "A", "tags": "b, c"}, "Text.\n", 4),
        ("---\nTitle: A\n---\nText.\n", {"title": "A"}, "Text.\n", 4),
        ("Summary: one\n    two\nTitle: A\n\nText.\n", {"summary": "one two", "title": "A"},
         "Text.\n", 5),
        ("Title: A\nText.\n", {"title": "A"}, "Text.\n", 2),
        ("Text: with a colon, alone.\n", {"text": "with a colon, alone."}, "", 3),
        ("Only text.\n", {}, "Only text.\n", 1),
        ("Other: 1\nOther: 2\n\nText.\n", {"other": ["1", "2"]}, "Text.\n", 4),
        ("", {}, "", 1),
    ],
)  # fmt: skip
def test_metadata_of_markdown(text: str, values: dict[str, Any], body: str, line: int) -> None:
    matter = of_markdown(text)
    assert (matter.values, matter.body) == (values, body)
    assert matter.body_line == line or not body


def test_metadata_of_html() -> None:
    matter = of_html(
        "<html><head>\n<title>A &amp; B</title>\n<meta name='date' content='2020-01-02'>\n"
        '<meta contents="x, y" name="keywords" />\n</head>\n<body class="a">\n<p>Text.</p></body>\n'
    )
    assert matter.values == {"title": "A & B", "date": "2020-01-02", "tags": "x, y"}
    assert (matter.body, matter.body_line) == ("\n<p>Text.</p>", 6)


RST = """\
A Title
#######

:date: 2020-01-02
:tags: a, b
:summary: One
    and more

Some *emphasis* and ``code``, a `link <https://b.example/>`_.

A Part
======

.. code-block:: python

    x = 1

- one
- two

.. image:: {static}/images/a.png
   :alt: A boat
"""


def test_restructured_text_is_converted() -> None:
    made = converted({"content/x.rst": RST, "content/images/a.png": b"png"})
    text = text_of(made, "content/posts/x.md")
    assert text.startswith("---\ntitle: A Title\ndate: 2020-01-02\n")
    assert "tags: [a, b]\n" in text
    assert "excerpt: One and more\n" in text
    for part in ("Some *emphasis* and `code`", "[link](https://b.example/)", "## A Part",
                 "```python\nx = 1\n```", "- one\n- two", "![A boat](/images/a.png)"):  # fmt: skip
        assert part in text
    changed = [one.message for one in made.report.entries if one.kind == "changed"]
    assert changed == ["its text is converted from reStructuredText"]


def test_restructured_text_reads_no_other_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    named = f".. include:: {secret}\n\n.. raw:: html\n   :file: {secret}\n"
    _, html, messages = rst.read(f"{RST}\n{named}")
    assert "a secret" not in html
    assert len(messages) == 2


def test_what_docutils_cannot_read_is_told_and_kept() -> None:
    strange = (
        "T\n=\n\n:date: 2020-01-02\n\nText [1]_.\n\n.. mine:: x\n\n   Kept words.\n\n"
        ".. code-block:: sh\n   :linenos: table\n\n   run\n\n.. [1] A note.\n"
    )
    made = converted({"content/x.rst": strange})
    assert left(made) == ['8: docutils: Unknown directive type "mine".']
    body = text_of(made, "content/posts/x.md").partition("\n---\n")[2]
    assert body.startswith("Text [^1].\n\n```\n.. mine:: x\n\n   Kept words.\n```\n")
    assert "```sh\nrun\n```\n\n[^1]: A note.\n" in body


def test_restructured_text_without_docutils_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *given: Any, **named: Any) -> Any:
        if name.startswith("docutils"):
            raise ImportError(name)
        return real(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    made = converted({"content/x.rst": RST})
    told = [one for one in made.report.entries if one.kind == "left"]
    assert [(one.message, one.hint) for one in told] == [
        ("not imported: it is written in reStructuredText",
         "install docutils (pip install docutils), and import again")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "body", "told"),
    [
        ("    :::python\n    x = 1\n", "```python\nx = 1\n```", []),
        ("    #!sh\n    x\n", '```sh linenums="1"\nx\n```', []),
        ("    :::text hl_lines='1 2'\n    x\n", '```text hl_lines="1 2"\nx\n```', []),
        ("Text\n    :::no code\n", "Text\n    :::no code", []),
        ("#Close", "## Close", []),
        ("[a]({filename}gone.md)", "[a](/content/gone.md)",
         ["4: address `/content/gone.md`: it leads to nothing here"]),
        ("[a]({index}) [t]({tag}Low%20Water)", "[a](/) [t](/tags/low-water/)",
         ["4: address `/tags/low-water/`: it leads to nothing here"]),
        ("{filename}x.md is no link", "{filename}x.md is no link", []),
        ("<!-- PELICAN_END_SUMMARY -->", "<!--more-->", []),
        ("{% youtube abc %}", "{% youtube abc %}", []),
    ],
)  # fmt: skip
def test_texts(text: str, body: str, told: list[str]) -> None:
    made, found = body_of(text)
    assert (made, found) == (body, told)


def test_liquid_tags_are_those_of_the_plugin() -> None:
    plugins = "PLUGINS = ['liquid_tags.youtube', 'liquid_tags.img']\n"
    made, _ = body_of("{% youtube abc 300 200 %}\n\n{% img left /a.png 9 9 Two words %}", plugins)
    assert "[Film on YouTube](https://www.youtube.com/watch?v=abc)" in made
    assert '{{ figure(src="/a.png"' in made


def test_a_text_that_cannot_be_converted_comes_from_the_built_page() -> None:
    shown = "<p>Before.</p><p>What it <em>shows</em>.</p><p>After.</p>"
    built = old_site({"index.html": f"<main><h1>X</h1><div>{shown}</div></main>"})["index.html"]
    site = old_site({
        "pelicanconf.py": CONFIG, "content/x.md": f"{POST}\nBefore.\n\n{{% mine %}}\n\nAfter.\n"
    })  # fmt: skip
    target = Target(config=TARGET.config, now=NOW, built={"/x.html": built})
    made = pelican.convert(site, "old", target)
    body = text_of(made, "content/posts/x.md").partition("\n---\n")[2]
    assert body == "Before.\n\nWhat it *shows*.\n\nAfter.\n"


def test_states_and_kinds() -> None:
    made = converted(
        {
            "content/skip.md": f"{POST}Status: skip\n\nText.\n",
            "content/undated.md": "Title: No date\n\nText.\n",
            "content/draft.md": "Title: D\nStatus: draft\n\nText.\n",
            "content/note.md": "Just a file.\n",
            "content/pages/p.md": "Title: P\nStatus: draft\n\nText.\n",
        }
    )
    assert {one.path for one in made.files} == {"content/posts/draft.md", "content/pages/p.md"}
    assert "draft: true" in text_of(made, "content/pages/p.md")
    assert sorted(left(made)) == [
        "1: not imported: an article without a date",
        "1: not imported: it has neither title nor date",
        "3: not imported: `status: skip`",
    ]


def test_a_pattern_of_an_address_does_not_reach_into_values() -> None:
    pattern = "ARTICLE_SAVE_AS = '{slug.__class__}/{date:%Y}/{nothing}/{slug:>9}/{slug}.html'\n"
    made = converted({"content/x.md": f"{POST}\nText.\n"}, pattern)
    assert "1: its address has `{nothing}`, which it does not name" in left(made)
    assert [one for one in made.report.moved if "cannot be kept" in one.why]


def test_what_is_no_pelican_site_is_refused() -> None:
    with pytest.raises(CannotImportError, match="no Pelican site"):
        pelican.convert(old_site({"content/x.md": POST}), "old", TARGET)


NAMES = (
    *("Title", "Date", "Tags", "Category", "Slug", "Status", "Lang", "Summary", "save_as", "url"),
    *("Author", "Authors", "Modified", "Template", "Image", "Other"),
)


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=30)), max_size=6),
       body=st.text(max_size=100))  # fmt: skip
def test_any_text_is_converted_or_told(lines: list[tuple[str, str]], body: str) -> None:
    head = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in lines)
    raw = f"{head}\n{body}".encode(errors="surrogatepass")
    held(converted({"content/x.md": raw}), "content/x.md")


@settings(max_examples=60, deadline=None)
@given(config=st.lists(st.sampled_from(
    ["ARTICLE_SAVE_AS", "PAGE_PATHS", "STATIC_PATHS", "DEFAULT_METADATA", "MARKDOWN", "MENUITEMS",
     "SLUG_REGEX_SUBSTITUTIONS", "FILENAME_METADATA", "PATH_METADATA", "EXTRA_PATH_METADATA",
     "TIMEZONE", "DEFAULT_DATE", "PLUGINS", " = ", "\n", "'a'", "['(', 'b']", "{'a': 1}", "None",
     "True", "x()", "[('(', '')]", "3", "'{slug}{'"]), max_size=12).map("".join))  # fmt: skip
def test_any_settings_are_read_or_told(config: str) -> None:
    held(converted({"content/x.md": f"{POST}\nText.\n"}, config), "content/x.md")


PARTS = st.lists(
    st.sampled_from(
        [
            *("{filename}", "{static}", "{tag}", "|attach|", "x.md", "[a](", ")", "    ", ":::py"),
            *("#!sh", "\n", "- ", "#", "`", "```", "<a href='", "'>", "{% youtube x %}", "[a]: "),
        ]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(text=PARTS)
def test_any_links_are_converted_or_told(text: str) -> None:
    body_of(f"{text}\nend", "PLUGINS = ['liquid_tags']\n")
