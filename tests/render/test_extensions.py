"""extensions.py: what its functions do, and that nothing they do ends in a traceback."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

from generator import extend
from generator.adapters import workers
from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.site_folder import list_inputs, read_extensions
from generator.adapters.workers import Workers
from generator.core.cache import Cache
from generator.core.problems import Problem, SiteError
from generator.pipeline.results import Build
from generator.render.extensions import examine, load, make_outputs
from tests.support.caches import Kept
from tests.support.sites import (
    PROJECT,
    built,
    command,
    content_of,
    minimal_templates,
    page,
    post,
    refusal,
    told,
    write_site,
)

DOCS = PROJECT / "docs" / "extending.md"
FROM = "from generator.extend import *\n"
SHOUT = f"{FROM}@filter\ndef shout(text, more=''):\n    return text.upper() + more\n"
STARS = (
    f"{FROM}@shortcode\ndef stars(count: int, of: int = 5):\n"
    "    return f'<b>{count}/{of}</b>'\n"
)


def site(
    own: str,
    template: str = "{{ page.body }}",
    body: str = "Text.",
    cache: Cache | None = None,
    **files: str,
) -> Build:
    whole = '{% extends "base.html" %}{% block main %}' + template + "{% endblock %}"
    return built(
        {
            "content/posts/2024-01-10-a.md": post("description: A.", body, title="A & B"),
            **{f"content/posts/{name}.md": text for name, text in files.items()},
        },
        templates=minimal_templates() | {"post.html": whole},
        extensions=own,
        cache=cache,
    )


def html(own: str, template: str = "{{ page.body }}", body: str = "Text.") -> str:
    made = site(own, template, body)
    assert told(made.problems) == []
    return page(made, "posts/a/index.html")


@pytest.mark.parametrize(
    ("own", "template", "expected"),
    [
        (SHOUT, "{{ page.title|shout('<') }}", "A &amp; B&lt;"),
        (SHOUT, "{% filter shout %}x{% endfilter %}", ">X<"),
        (SHOUT, "{{ ['a', 'b']|map('shout')|join }}", "AB"),
        (
            f"{FROM}@filter\ndef bold(text):\n    return Markup(f'<b>{{escape(text)}}</b>')\n",
            "{{ page.title|bold }}",
            "<b>A &amp; B</b>",
        ),
        (
            "from __future__ import annotations\nimport dataclasses\nfrom generator.extend import "
            "filter\n@dataclasses.dataclass\nclass Pair:\n    a: str\n@filter\ndef pair(x): "
            "return Pair(x).a\n",
            "{{ 'x'|pair }}",
            ">\nx<",
        ),
    ],
)
def test_filters(own: str, template: str, expected: str) -> None:
    made = html(own, template)
    assert expected.replace("\n", "") in made.replace("\n", "")


@pytest.mark.parametrize(
    ("own", "body", "expected"),
    [
        (STARS, "{{ stars(count=4) }}", "<b>4/5</b>"),
        (STARS, "It has {{ stars(count=4, of=6) }}.", "<p>It has <b>4/6</b>.</p>"),
        (
            f"{FROM}@shortcode\ndef box(body, page, kind='x'):\n"
            "    return f'<div class={kind}><p>{page.url}</p>{body}</div>'\n",
            "{% box(kind='y') %}\n*Words*\n{% end %}",
            "<div class=y><p>/posts/a/</p>\n<p><em>Words</em></p>\n</div>",
        ),
        (
            f"{FROM}@shortcode\ndef many(**options: int):\n    return str(sorted(options))\n",
            "{{ many(b=1, a=2) }}",
            "['a', 'b']",
        ),
        (
            f"{FROM}@shortcode\ndef odd(a: 'Nowhere'):\n    return a\n",
            "{{ odd(a='x') }}",
            "x",
        ),
    ],
)
def test_shortcodes(own: str, body: str, expected: str) -> None:
    assert expected.replace("\n", "") in html(own, body=body).replace("\n", "")


ME = "content/posts/2024-01-10-a.md"


@pytest.mark.parametrize(
    ("own", "body", "expected"),
    [
        (
            STARS,
            "\n{{ stars() }}",
            ":6: bad-shortcode: shortcode `stars`: missing a required argument: 'count'",
        ),
        (
            STARS,
            "{{ stars(count='4') }}",
            ":5: bad-shortcode: shortcode `stars`: `count`: expected a whole number, got text",
        ),
        (
            STARS,
            "{{ stars(count=4, off=5) }}",
            ":5: bad-shortcode: shortcode `stars`: got an unexpected keyword argument 'off'",
        ),
        (
            STARS,
            "{% stars(count=4) %}\nx\n{% end %}",
            ":5: bad-shortcode: shortcode `stars`: takes no text between two lines",
        ),
        (
            f"{FROM}@shortcode\ndef box(body):\n    return body\n",
            "{{ box() }}",
            ":5: bad-shortcode: shortcode `box`: missing a required argument: 'body'",
        ),
        (f"{FROM}@shortcode\ndef box(body):\n    return ''\n", "{% box() %}\nx\n{% end %}", None),
        (
            f"{FROM}@shortcode\ndef box(body):\n    return 'x'\n",
            "{% box() %}\nx\n{% end %}",
            ":5: bad-shortcode: shortcode `box` does not print its body exactly once",
        ),
        (
            f"{FROM}@shortcode\ndef bad():\n    return 3\n",
            "{{ bad() }}",
            ":5: extension-error: shortcode `bad`: gives int, not text (extensions.py:2)",
        ),
        (
            f"{FROM}@shortcode\ndef bad():\n    return 1 / 0\n",
            "{{ bad() }}",
            ":5: extension-error: shortcode `bad`: ZeroDivisionError: division by zero "
            "(extensions.py:4)",
        ),
        (
            f"{FROM}@shortcode\ndef bad():\n    exit()\n",
            "{{ bad() }}",
            ":5: extension-error: shortcode `bad`: RuntimeError: it tried to end the program "
            "(extensions.py:4)",
        ),
        (
            f"{FROM}@shortcode\ndef bad():\n    return '\\ud800'\n",
            "{{ bad() }}",
            ":5: extension-error: shortcode `bad`: ValueError: `bad` gives half of a "
            "character (extensions.py:2)",
        ),
        (
            STARS,
            "{{ start(count=4) }}",
            ":5: unknown-shortcode: shortcode `start`: there is no such shortcode",
        ),
    ],
)
def test_mistaken_shortcodes_are_told_where_they_are_called(
    own: str, body: str, expected: str | None
) -> None:
    assert told(site(own, body=body).problems) == ([ME + expected] if expected else [])


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("def f(:\n", ":1: extension-error: not valid Python: invalid syntax"),
        ("\n\n1 / 0\n", ":3: extension-error: ZeroDivisionError: division by zero"),
        (
            "import no_such_module\n",
            ":1: extension-error: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("import sys\nsys.exit(3)\n", ":2: extension-error: SystemExit: 3"),
        ("\nraise BaseException('odd')\n", ":2: extension-error: BaseException: odd"),
        ("raise GeneratorExit\n", ":1: extension-error: GeneratorExit: "),
        ("x = '\0'\n", ":0: extension-error: "),
        (
            "(" * 1000 + ")" * 1000,
            ":1: extension-error: not valid Python: too many nested parentheses",
        ),
        (
            "from . import x\n",
            ":1: extension-error: ImportError: attempted relative import with no known "
            "parent package",
        ),
        (
            f"{FROM}@filter\ndef date(x): return x\n",
            ":2: extension-name: there is a filter `date` already",
        ),
        (
            f"{FROM}@filter\ndef upper(x): return x\n",
            ":2: extension-name: there is a filter `upper` already",
        ),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_build(own: str, expected: str) -> None:
    (line,) = refusal(lambda: site(own))
    assert line.startswith(f"extensions.py{expected}")


def test_ctrl_c_while_the_file_runs_is_no_mistake_of_it() -> None:
    with pytest.raises(KeyboardInterrupt):
        load("raise KeyboardInterrupt")
    own = f"{FROM}@filter\ndef shout(x): raise KeyboardInterrupt\n"
    with pytest.raises(KeyboardInterrupt):
        load(own).filters["shout"]("a")


@pytest.mark.parametrize("kind", ["filter", "shortcode", "output"])
@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("SystemExit(2)", "RuntimeError: it tried to end the program"),
        ("BaseException('odd')", "RuntimeError: it raised BaseException, which nothing catches: o"),
        ("GeneratorExit", "RuntimeError: it raised GeneratorExit, which nothing catches: "),
    ],
)
def test_what_no_program_catches_is_told_with_its_line(kind: str, raised: str, said: str) -> None:
    own = f"{FROM}@{kind}\ndef odd(*_):\n    raise {raised}\n"
    use = "{{ 'a'|odd }}" if kind == "filter" else "{{ page.body }}"
    (found,) = told(site(own, use, "{{ odd() }}" if kind == "shortcode" else "Text.").problems)
    assert said in found
    assert "extensions.py:4" in found


def test_a_shortcode_is_a_function_or_a_template() -> None:
    templates = minimal_templates()
    assert "shortcodes/badge.html" in templates
    own = f"{FROM}@shortcode\ndef badge(): return ''\n"
    assert refusal(lambda: site(own)) == [
        "extensions.py:2: extension-name: shortcode `badge` is also templates/shortcodes/badge.html"
    ]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            "{{ page.title|shout(3) }}",
            'extensions.py:4: extension-error: TypeError: can only concatenate str (not "int") to '
            f"str (from templates/post.html:1) (while rendering {ME})",
        ),
        (
            "{{ page.title|shout(nothing) }}",
            f"templates/post.html:1: template-undefined: 'nothing' is undefined (while "
            f"rendering {ME})",
        ),
        (
            "{{ page.title|shout(a=1) }}",
            "templates/post.html:1: template-error: TypeError: shout() got an unexpected keyword "
            f"argument 'a' (while rendering {ME})",
        ),
        (
            "{{ page.title|shuot }}",
            "templates/post.html:1: template-syntax: No filter named 'shuot'.",
        ),
    ],
)
def test_a_filter_that_fails_is_told_with_its_line_and_the_page(
    template: str, expected: str
) -> None:
    try:
        found = told(site(SHOUT, template).problems)
    except SiteError as error:
        found = told(error.problems)
    assert found == [expected]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("import random, time\n", [1, 1]),
        ("from urllib import request\nfrom urllib.parse import quote\n", [1]),
        ("from urllib.request import urlopen\n", [1]),
        ("import datetime as dt\nx = 1\nnow = lambda: dt.datetime.now()\n", [3]),
        ("from datetime import date\ny = lambda: date.today()\n", [2]),
        ("def f(a):\n    return open(a).read()\n", [2]),
        ("import os\nf = lambda: os.environ['X']\n", [2]),
        ("import datetime as dt, json, re, math\nx = dt.datetime(2024, 1, 1)\n", []),
        (SHOUT, []),
    ],
)
def test_what_may_change_by_itself_is_pointed_out(text: str, lines: list[int]) -> None:
    found = examine(text)
    assert {each.code for each in found} <= {"extension-impure"}
    assert {each.severity for each in found} <= {"warning"}
    assert [each.line for each in found] == lines


def test_what_is_imported_is_looked_at(tmp_path: Path) -> None:
    text = (
        "import json\nimport helpers\nimport parts.one\n"
        "from generator.pipeline.build import build\n"
        "from generator import extend\nimport yaml, static\nfrom generator.extend import filter\n"
    )
    root = write_site(
        tmp_path,
        {"extensions.py": text, "helpers.py": "", "parts/one.py": "", "static/x.txt": ""},
    )
    own, problems = read_extensions(root, list_inputs(root, DigestIndex(tmp_path / "ledger")))
    assert own == text
    assert [(each.line, each.severity) for each in problems] == [
        (2, "error"),
        (3, "error"),
        (4, "warning"),
    ]


OUTPUT = f"{FROM}@output\ndef out(%s):\n    return {{%s}}\n"


def test_an_output_is_given_collections_as_templates_see_them() -> None:
    own = (
        "from generator.extend import ItemView, output\n"
        "@output\ndef out(collections):\n"
        "    boats: tuple[ItemView, ...] = collections['boats']\n"
        "    rows = [f'{each.title} {each.url} {each.fields}' for each in boats]\n"
        "    return {'boats.txt': ' '.join(rows)}\n"
    )
    settings = "title: T\ncounter: {enabled: false}\n"
    settings += "collections: {boats: {list: false, sort: title, fields: {sails: int}}}"
    files = {
        f"content/boats/{name}.md": post(f"sails: {sails}\ndescription: {name}.", title=name)
        for name, sails in (("rui", 1), ("ana", 2))
    }
    made = built(files, settings, extensions=own)
    assert content_of(made)["boats.txt"] == (
        b"ana /boats/ana/ {'sails': 2} rui /boats/rui/ {'sails': 1}"
    )


def test_outputs_are_published_with_the_files_they_mention() -> None:
    own = OUTPUT % (
        "data, posts, site",
        "'a/x.txt': f'{site.title} {posts[0].title}', 'b.bin': b'1', 'c.txt': '/assets/css/x'",
    )
    made = content_of(site(own))
    assert made["a/x.txt"] == b"T A & B"
    assert made["b.bin"] == b"1"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (
            OUTPUT % ("", "'index.html': ''"),
            ":2: same-url: output `out`: `index.html` is also a page or a folder of pages, "
            "or made already",
        ),
        (
            OUTPUT % ("", "'posts': ''"),
            ":2: same-url: output `out`: `posts` is also a page or a folder of pages, or "
            "made already",
        ),
        (
            OUTPUT % ("", "'robots.txt': ''"),
            ":2: bad-output: output `out`: `robots.txt` is a path that Tidepost keeps for itself",
        ),
        (
            OUTPUT % ("", "'a': '', 'A/b': ''"),
            ":2: same-url: output `out`: `A/b` is also a page or a folder of pages, or made "
            "already",
        ),
        (
            OUTPUT % ("", "'../x': ''"),
            ":2: bad-output: output `out`: `../x` cannot be a path here: it contains `..`",
        ),
        (
            OUTPUT % ("", "'/x': ''"),
            ":2: bad-output: output `out`: `/x` is no path: write it like calendar.ics, "
            "without a / at its ends",
        ),
        (
            OUTPUT % ("", "3: ''"),
            ":2: bad-output: output `out`: `3` is no path: write it as text, such as calendar.ics",
        ),
        (
            OUTPUT % ("", "'x': 3"),
            ":2: bad-output: output `out`: `x` has int for its content, neither text nor bytes",
        ),
        (
            OUTPUT % ("", "'x': '\\ud800'"),
            ":2: bad-output: output `out`: `x` holds half of a character",
        ),
        (
            OUTPUT % ("pages", ""),
            ":2: extension-error: TypeError: out() missing 1 required positional argument: "
            "'pages' (output `out`)",
        ),
        (
            OUTPUT % ("posts", "'x': posts[7]"),
            ":4: extension-error: IndexError: tuple index out of range (output `out`)",
        ),
        (
            f"{FROM}@output\ndef out(): return [1]\n",
            ":2: extension-error: output `out` gives list, not a dict of path to content",
        ),
    ],
)
def test_what_an_output_cannot_be(own: str, expected: str) -> None:
    assert told(site(own).problems) == [f"extensions.py{expected}"]


def remade(before: str, after: str, template: str, body: str, **files: str) -> int:
    """Return how many results are new when extensions.py changes."""
    cache = Kept()
    site(before, template, body, cache, **files)
    known = set(cache.results)
    site(after, template, body, cache, **files)
    return len(set(cache.results) - known)


@pytest.mark.parametrize(
    ("template", "body", "most"),
    [
        ("{{ page.title|upper }}", "Text.", 0),
        ("{{ page.title|shout }}", "Text.", 1),
        ("{{ ['a']|map('shout')|join }}", "Text.", 1),
        ("{{ ['a']|map(page.extra.f|default('shout'))|join }}", "Text.", 1),
        ("{{ 'shout' is filter }}", "Text.", 1),
        ("{{ page.body }}", "{{ badge(text='x') }}", 0),
        ("{{ page.body }}", "{{ stars(count=1) }}", 1),
        ("{{ page.body }}", "{{ st\x02ars(count=1) }}", 1),
        ("{{ page.body }}", "{{ badge(text='stars') }}", 1),
    ],
)
def test_only_what_uses_a_function_is_made_anew(template: str, body: str, most: int) -> None:
    own = SHOUT + STARS.removeprefix(FROM)
    other = post("description: B.", "Text.", title="B")
    assert remade(own, own + "# changed\n", template, body, **{"2024-01-11-b": other}) in (
        (most,) if "|" not in template and "is filter" not in template else (most * 2,)
    )


def test_a_function_that_comes_or_goes_is_noticed() -> None:
    template = "{{ 'x'|shout if 'shout' is filter else 'none' }}"
    cache = Kept()
    for own, expected in (("", "none"), (SHOUT, "X"), (f"{FROM}x = 1\n", "none"), (SHOUT, "X")):
        assert expected in page(site(own, template, cache=cache), "posts/a/index.html")


def test_several_processes_run_it_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_WORTH_SHARING", 2)
    monkeypatch.setattr(workers, "_WORTH_SPAWNING", 2)
    monkeypatch.setattr(workers, "_CHUNK", 1)
    others = {
        f"2024-02-0{n}-p{n}": post(f"description: D{n}.", "{{ stars(count=1) }}", title=f"P{n}")
        for n in range(1, 5)
    }
    own = SHOUT + STARS.removeprefix(FROM)
    template = "{{ page.title|shout }}{{ page.body }}"
    files = {f"content/posts/{name}.md": text for name, text in others.items()}
    whole = '{% extends "base.html" %}{% block main %}' + template + "{% endblock %}"
    templates = minimal_templates() | {"post.html": whole}
    here = built(files, templates=templates, extensions=own)
    with Workers(2) as run:
        there = built(files, templates=templates, extensions=own, run=run)
        assert run.pool is not None
    assert content_of(there) == content_of(here)


def test_mistakes_come_back_from_other_processes() -> None:
    error = SiteError([Problem(path="extensions.py", code="extension-error", message="m")])
    again = pickle.loads(pickle.dumps(error))
    assert again.problems == error.problems


def test_a_text_is_run_once() -> None:
    text = f"{FROM}@filter\ndef once(x): return x\n"
    assert load(text) is load(text)


def test_a_site_without_the_file_runs_nothing_of_it() -> None:
    assert load("") is load("  \n")
    assert make_outputs(load(""), None, (), {}, {}, ()) == ([], [])  # type: ignore[arg-type]
    code = (
        "import sys, tests.render.test_extensions as t; t.site('');"
        "print('tidepost_site_extensions' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


# The guide.


def blocks(language: str) -> list[str]:
    text = DOCS.read_text(encoding="utf-8")
    return re.findall(rf"^```{re.escape(language)}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_guides_examples_work(tmp_path: Path) -> None:
    """Each with the template or the text that stands beside it, by the command itself."""
    examples = [block for block in blocks("python") if block.startswith("# extensions.py")]
    assert len(examples) == 3
    lines = [line for block in examples for line in block.splitlines()]
    imports = [line for line in lines if line.startswith(("from ", "import "))]
    rest = [line for line in lines if not line.startswith(("from ", "import "))]
    own = "\n".join([*sorted(set(imports)), *rest, ""])
    (shown,) = blocks("html+jinja")
    root = write_site(
        tmp_path,
        {
            "extensions.py": own,
            "site.yaml": "title: S\nurl: https://example.org\nauthor: {name: Ana Reis}\n"
            "counter: {enabled: false}\n",
            "templates/post.html": '{% extends "base.html" %}{% block main %}{{ page.body }}'
            + shown
            + "{% endblock %}",
            "content/posts/2024-05-01-a.md": post(
                "description: D.", blocks("markdown")[0], title="Tea & cake"
            ),
        },
    )
    done = command(root, "build")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "extension" not in done.stderr
    made = (root / "_site/posts/a/index.html").read_text(encoding="utf-8")
    assert "<p>AR, or A.R.</p>" in made
    assert '<p>The café: <span role="img" aria-label="4 of 5 stars">★★★★☆</span></p>' in made
    assert "<p>To Ana, on Tea &amp; cake</p>" in made
    assert "<p>It was <em>good</em> to see you.</p>" in made
    words = (root / "_site/words.json").read_text(encoding="utf-8")
    assert '{"title": "Tea & cake", "url": "https://example.org/posts/a/", "words": ' in words


def test_the_guide_names_all_that_extensions_may_use() -> None:
    text = DOCS.read_text(encoding="utf-8").partition("## All that `generator.extend` has")[2]
    assert {name for name in re.findall(r"`(\w+)`", text) if name != "extend"} == set(
        extend.__all__
    )


def test_changing_the_file_is_noticed_by_the_command(tmp_path: Path) -> None:
    template = '{% extends "base.html" %}{% block main %}{{ page.title|shout }}{% endblock %}'
    root = write_site(tmp_path, {"extensions.py": SHOUT, "templates/page.html": template})
    for own, expected in ((SHOUT, "ABOUT"), (SHOUT.replace("upper", "lower"), "about")):
        (root / "extensions.py").write_text(own, encoding="utf-8")
        done = command(root, "build")
        assert done.returncode == 0, done.stderr
        pages = [file.read_text(encoding="utf-8") for file in root.glob("_site/*/index.html")]
        assert any(expected in text.partition("<main>")[2].partition("</h1>")[2] for text in pages)
    (root / "extensions.py").write_text("def f(:\n", encoding="utf-8")
    done = command(root, "build")
    assert done.returncode == 1
    assert "extensions.py:1: extension-error: not valid Python" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
