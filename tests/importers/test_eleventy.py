"""Eleventy: JavaScript that is read and not run, the data cascade, templates, files, kinds."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.adapters.files.import_folder import read_tree
from generator.importers import eleventy
from generator.importers.conversion.sandbox import Sandbox
from generator.importers.eleventy.javascript import UNKNOWN, Script, plain
from generator.importers.model import CannotImportError, Conversion, Target
from generator.importers.urls.patterns import common_pattern
from generator.importers.urls.slugs import (
    crate_slug,
    pelican_slug,
    simple_slug,
    sindre_slug,
)
from tests.importers.old_sites import TARGET, TEXTS, VALUES, held, left, old_site, text_of
from tests.support.sites import NOW, write

POST = "---\ntitle: X\ndate: 2020-01-02\n---\n"
SITE = '{"title": "T", "url": "https://a.example"}'


def converted(
    files: dict[str, str | bytes],
    config: str = "module.exports = () => {};",
    target: Target = TARGET,
) -> Conversion:
    site: dict[str, str | bytes] = {"eleventy.config.js": config, "_data/site.json": SITE}
    return eleventy.convert(old_site({**site, **files}), "old", target)


def body_of(text: str, engine: str = "liquid") -> tuple[str, list[str]]:
    """Return what a post's text becomes, and what is reported as not converted."""
    config = f'module.exports = () => ({{ markdownTemplateEngine: "{engine}" }});'
    made = converted({"posts/x.md": f"{POST}{text}"}, config)
    return text_of(made, "content/posts/x.md").partition("\n---\n")[2].rstrip("\n"), left(made)


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("module.exports = {a: 1, 'b': [true, null, -2.5], c: `x`};",
         {"a": 1, "b": [True, None, -2.5], "c": "x"}),
        ("export default { title: \"A \\u00e9\\n\" };", {"title": "A é\n"}),
        ("const k = 'v'; export default function () { const n = 3; return { k, n }; }",
         {"k": "v", "n": 3}),
        ("module.exports = () => ({ a: 'b' + 'c', url: process.env.URL || 'https://x' });",
         {"a": "bc", "url": "https://x"}),
        ("const base = { a: 1 }; module.exports = { ...base, b: 2, f() {}, g: h() };",
         {"a": 1, "b": 2}),
        ("module.exports = ['a', x, 'b'];", ["a", "b"]),
        ("module.exports = async () => { return await fetch('x'); };", UNKNOWN),
        ("module.exports = {", UNKNOWN),
        ("", UNKNOWN),
    ],
)  # fmt: skip
def test_scripts_say_plain_values(script: str, value: object) -> None:
    assert plain(Script(script).exported()) == value


def test_a_script_that_names_itself_ends() -> None:
    many = "".join(f"const a{n} = [a{n + 1}, a{n + 1}];\n" for n in range(60))
    assert plain(Script(f"{many}const a = a; module.exports = [a, a0];").exported()) is not None


@settings(max_examples=80, deadline=None)
@given(text=st.lists(st.sampled_from(
    ["{", "}", "(", ")", "[", "]", "a", ":", ",", "=", "=>", "'", '"', "`", "${", "export default",
     "module.exports", " ", "\n", "1", "//", "/*", "*/", "...", "require('./a')", "true", "\\"]
), max_size=30).map("".join) | st.text(max_size=60))  # fmt: skip
def test_any_script_is_read(text: str) -> None:
    converted({"posts/x.md": f"{POST}Text.\n", "_data/a.js": text, "posts/posts.11tydata.js": text},
              text)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "body", "told"),
    [
        ("{{ title }}", "X", []),
        ("{{ site.title | upcase }}", "T", []),
        ("{{ collections.posts }}", "{{ collections.posts }}", ["5: `{{ collections.posts }}`"]),
        ("{{ 'a' | mine }}", "{{ 'a' | mine }}", ["5: `{{ 'a' | mine }}`"]),
        ('{% image "./a.png", "Two words" %}', '{{ figure(src="./a.png", alt="Two words") }}',
         None),
        ("{% youtube 'dQw' %}", "[Film on YouTube](https://www.youtube.com/watch?v=dQw)", []),
        ('{% note %}\nIn\n{% endnote %}', '{% note(kind="note") %}\n\nIn\n{% end %}', []),
        ("{% mine 1 %}", "{% mine 1 %}", ["5: `{% mine 1 %}`"]),
        ('{% highlight "js" %}\nx\n{% endhighlight %}', "```js\nx\n```", []),
        ("    indented", "indented", []),
        ("    - mark", "\\- mark", []),
        ("```\n    code\n```", "```\n    code\n```", []),
    ],
)  # fmt: skip
def test_texts_in_liquid(text: str, body: str, told: list[str] | None) -> None:
    made, found = body_of(text)
    assert made.strip() == body
    if told is not None:
        assert found == told


@pytest.mark.parametrize(
    ("text", "body", "told"),
    [
        ("{{ title }} {# gone #}{{ site.title | lower }}", "X t", []),
        ("{% set a = 'b' %}{{ a }}{{ a ~ 1 }}", "bb1", []),
        ("{{ missing }}", "{{ missing }}", ["5: `{{ missing }}`"]),
        ("{{ missing | default('a') }}", "{{ missing | default('a') }}",
         ["5: `{{ missing | default('a') }}`"]),
        ("{% if title == 'X' %}yes{% elseif title %}no{% endif %}", "yes", []),
        ("{% verbatim %}{{ x }}{% endverbatim %}", "{{ x }}", []),
        ("{{ '/a b/' | url }}", "/a b/", []),
        ("{% for a in [1, 2] %}{{ a }},{% endfor %}", "1,2,", []),
        ("{{ 4 / 2 }} {{ 3 / 2 }} {{ 1 == 1 }}", "2 1.5 true", []),
    ],
)  # fmt: skip
def test_texts_in_nunjucks(text: str, body: str, told: list[str]) -> None:
    assert body_of(text, "njk") == (body, told)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 99999999 }}",
        "{% set a = 'aaaaaaaaaa' %}" + "{% set a = a ~ a ~ a ~ a %}" * 30 + "{{ a }}",
        "{% for a in x %}{% for b in x %}{{ b }}{% endfor %}{% endfor %}",
        "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ 'a'.replace('a', 'b') }}",
        "{{ 'a' | replace('a', x | join('a')) | replace('a', 'aa') }}" + "{{ y }}",
        "{% set a = [x, x] %}{% set a = [a, a] %}{{ a | join(',') }}",
        "{{ 2 ** 9999999 }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% include 'a' %}",
        "{{ '%99999999d' % 1 }}",
    ],
)
def test_the_sandbox_refuses(source: str) -> None:
    assert Sandbox({"x": ["a"] * 500}, {}).said(source) is None


def test_four_spaces_make_code_before_the_second_version() -> None:
    for version, text in (("0.12.1", "    code"), ("2.0.0", "code"), ("3.1.2", "code")):
        package = f'{{"devDependencies": {{"@11ty/eleventy": "^{version}"}}}}'
        files = {"posts/x.md": f"{POST}Text.\n\n    code\n", "package.json": package}
        made = converted({**files})
        assert text_of(made, "content/posts/x.md").endswith(f"Text.\n\n{text}\n")


def test_attributes_keep_their_entities() -> None:
    text = "<a href='javascript:a(&quot;b&quot;, c &lt; d)'>e</a> <a href=\"/x/?a=1&amp;b=2\">f</a>"
    assert body_of(text)[0] == text


@pytest.mark.parametrize(
    ("function", "call", "body"),
    [
        ("(a) => `<b>${a}</b>`", '{% mine "x y" %}', "<b>x y</b>"),
        ("function (a, b) { return `${b}: ${a}!`; }", "{% mine title, 'b' %}", "b: X!"),
        ("a => { // says it\n return `\\n${a}`; }", "{% mine 1 %}", "1"),
        ("() => 'plain'", "{% mine %}", "plain"),
        ("(a, b) => `${a}${b}`", '{% mine "x" %}', '{% mine "x" %}'),
        ("(a) => `${a.b}`", '{% mine "x" %}', '{% mine "x" %}'),
        ("(a) => `${work(a)}`", '{% mine "x" %}', '{% mine "x" %}'),
        ("async (a) => `${a}`", '{% mine "x" %}', '{% mine "x" %}'),
        ("(a = 1) => `${a}`", "{% mine %}", "{% mine %}"),
        ("(a) => `${a}`", "{% mine missing %}", "{% mine missing %}"),
        ("(a) => { work(); return `${a}`; }", '{% mine "x" %}', '{% mine "x" %}'),
    ],
)
def test_shortcodes_that_only_fill_in_a_text_are_written_out(
    function: str, call: str, body: str
) -> None:
    config = f"module.exports = (c) => {{ c.addShortcode('mine', {function}); }};"
    made = converted({"posts/x.md": f"{POST}{call}\n"}, config)
    text = text_of(made, "content/posts/x.md").partition("\n---\n")[2]
    assert text.strip() == body
    assert bool([one for one in left(made) if "mine" in one]) == (body == call)


def test_a_filter_that_the_site_has_made_anew_is_not_run() -> None:
    config = "module.exports = (c) => { c.addFilter('date', (one) => one); };"
    text = (
        "---\ntitle: X\ndate: 2020-01-02\npermalink: \"/{{ page.date | date: '%Y' }}/\"\n---\nT.\n"
    )
    assert converted({"posts/x.md": text}).report.urls == ("/2020/",)
    made = converted({"posts/x.md": text}, config)
    assert made.report.urls == ("/posts/x/",)
    assert [one for one in left(made) if "worked out by the old site's own code" in one]


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("(d) => DateTime.fromJSDate(d).toFormat('yyyy/LL/dd')", "/2020/01/02/x/"),
        ("(d) => dayjs(d).format('YYYY-MM')", "/2020-01/x/"),
        ("function (d) { return d.toISOString().split('T')[0].split('-').join('/'); }",
         "/2020/01/02/x/"),
        ("(d) => d.toISOString().slice(0, 10)", "/2020-01-02/x/"),
        ("dates.path", "/2020/01/02/x/"),
        ("path", "/2020/01/02/x/"),
        ("toPath", "/2020/01/02/x/"),
        ("(d) => work(d)", "/posts/x/"),
        ("(d) => a ? d.format('YYYY') : d.format('MM')", "/posts/x/"),
        ("(d) => a(d, 'yyyy/MM') + a(d, 'yyyy/MM/dd')", "/posts/x/"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("engine", ["liquid", "njk"])
def test_filters_that_name_a_format_are_read(source: str, url: str, engine: str) -> None:
    config = (
        "const { path } = require('./path');\nconst toPath = require('./toPath');\n"
        f"module.exports = (c) => {{ c.addFilter('mine', {source});\n"
        f"  return {{ markdownTemplateEngine: '{engine}' }}; }};"
    )
    text = '---\ntitle: X\ndate: 2020-01-02\npermalink: "{}"\n---\nT.\n'.format(
        "/{{ page.date | mine }}/{{ page.fileSlug }}/"
    )
    made = converted(
        {
            "posts/x.md": text,
            "path.js": "exports.path = (d) => d.format('YYYY/MM/DD');",
            "toPath.js": "module.exports = (day) =>\n"
            "  day.toISOString().split('T')[0].replace(/-/g, '/');\n",
        },
        config,
    )
    assert made.report.urls == (url,)
    found = [one.message for one in made.report.entries if one.message.startswith("the filter")]
    assert bool(found) == (not url.startswith("/posts/"))


def test_front_matter_that_a_script_works_out_is_told() -> None:
    made = converted({"posts/x.md": "---js\nconst title = make();\n---\nText.\n"})
    assert left(made) == ["2: not imported: front matter that a script works out"]


def test_data_that_a_script_works_out_is_told_once() -> None:
    files: dict[str, str | bytes] = {
        "posts/posts.11tydata.js": "module.exports = { tags: make(), layout: 'a' };",
        "_data/feed.js": "module.exports = async () => fetch('https://a.example');",
        **{f"posts/2020-01-0{n}-x.md": POST + "Text.\n" for n in range(1, 9)},
    }
    told = [one for one in left(converted(files)) if "script" in one]
    assert told == [
        "0: not imported: data that a script works out",
        "0: not read of it: `tags`, which a script works out",
    ]


def test_a_permalink_of_the_sites_own_code_comes_from_the_built_page() -> None:
    files: dict[str, str | bytes] = {
        "posts/2020-01-02-low-water.md": "---\ntitle: X\npermalink: '/{{ page.date | mine }}/'\n"
        "---\nText.\n",
    }
    made = converted(files)
    assert left(made) == ["3: its permalink `/{{ page.date | mine }}/` is worked out by the old "
                          "site's own code"]  # fmt: skip
    assert made.report.urls == ("/posts/2020-01-02-low-water/",)
    page = old_site({"index.html": "<p>Text.</p>"})["index.html"]
    built = Target(config=None, now=NOW, built={"/2020/01/low-water/": page})
    made = converted(files, target=built)
    assert made.report.urls == ("/2020/01/low-water/",)


def test_a_text_that_cannot_be_converted_comes_from_the_built_page() -> None:
    text = "---\ntitle: X\ndate: 2020-01-02\n---\nBefore.\n\n{% mine 'x' %}\n\nAfter.\n"
    shown = "<p>Before.</p><p>What it <em>shows</em>.</p><p>After.</p>"
    page = f"<main><h1>X</h1><div>{shown}</div></main>"
    built = old_site({"index.html": page})["index.html"]
    made = converted({"posts/x.md": text}, target=Target(
        config=TARGET.config, now=NOW, built={"/posts/x/": built}))  # fmt: skip
    body = text_of(made, "content/posts/x.md").partition("\n---\n")[2]
    assert body == "Before.\n\nWhat it *shows*.\n\nAfter.\n"
    assert [one for one in left(made) if "mine" in one] == []


def test_dates_of_files_are_told() -> None:
    files = old_site({
        "eleventy.config.js": "", "_data/site.json": SITE,
        "posts/a.md": "---\ntitle: A\n---\nText.\n",
        "posts/b.md": "---\ntitle: B\ndate: Last Modified\n---\nText.\n",
    })  # fmt: skip
    import msgspec

    dated = {
        path: msgspec.structs.replace(file, modified=1_600_000_000) for path, file in files.items()
    }
    made = eleventy.convert(dated, "old", TARGET)
    assert "date: 2020-09-13 12:26 +00:00" in text_of(made, "content/posts/a.md")
    assert "date: 2020-09-13 12:26 +00:00" in text_of(made, "content/posts/b.md")
    changed = [one.message for one in made.report.entries if one.kind == "changed"]
    assert changed == ["its date is that of the file: 2020-09-13"] * 2
    made = eleventy.convert(files, "old", TARGET)
    assert {one.path for one in made.files} >= {"content/pages/posts/a.md"}


def test_dates_of_commits_are_read(tmp_path: Path) -> None:
    first, last = "2019-05-06T07:08:00+00:00", "2021-02-03T04:05:00+00:00"
    texts = {
        f"posts/{name}.md": f"---\ntitle: A\ndate: {date}\n---\nText.\n"
        for name, date in (("a", "git Created"), ("b é", "git Last Modified"), ("c", "Created"))
    }
    write(tmp_path, {"site/eleventy.config.js": "", "site/_data/site.json": SITE, "other.md": "x"})
    write(tmp_path / "site", texts)
    commit(tmp_path, first)
    write(tmp_path / "site", {path: f"{text}More.\n" for path, text in texts.items()})
    commit(tmp_path, last)
    made = eleventy.convert(read_tree(tmp_path / "site"), "old", TARGET)
    assert "date: 2019-05-06 07:08 +00:00" in text_of(made, "content/posts/a.md")
    [second] = [one.content for one in made.files if one.origin == "posts/b é.md"]
    assert b"date: 2021-02-03 04:05 +00:00" in second
    changed = {one.path: one.message for one in made.report.entries if one.kind == "changed"}
    assert changed["posts/a.md"] == "its date is that of the file's commit: 2019-05-06"
    assert "commit" not in changed["posts/c.md"]


def commit(folder: Path, date: str) -> None:
    author = ("-c", "user.name=A", "-c", "user.email=a@a.example")
    given = {**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    for command in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "x")):
        subprocess.run(["git", *command], cwd=folder, check=True, env=given)


def test_paired_shortcodes_of_texts_are_written_out() -> None:
    config = (
        "module.exports = (c) => {\n"
        "  c.addPairedShortcode('aside', (content, kind) => "
        '`<div class="${kind}">\n\n${content}\n\n</div>`);\n'
        "  c.addPairedShortcode('twice', (content) => content + content);\n};\n"
    )
    text = f"{POST}{{% aside 'big' %}}Some *words*.{{% endaside %}}\n\n"
    text += "{% twice %}x{% endtwice %}\n"
    made = converted({"posts/x.md": text}, config)
    shown = text_of(made, "content/posts/x.md")
    assert '<div class="big">\n\nSome *words*.\n\n</div>' in shown
    assert "{% twice %}x{% endtwice %}" in shown
    assert [one for one in left(made) if "twice" in one]
    assert not [one for one in left(made) if "aside" in one]


def test_files_go_where_they_were() -> None:
    config = (
        "module.exports = (c) => {\n  c.addPassthroughCopy('img');\n"
        "  c.addPassthroughCopy({ 'public': '/', 'docs/*.pdf': 'papers' });\n"
        "  c.addPassthroughCopy({ [x()]: 'a' });\n};\n"
    )
    made = converted(
        {
            "img/a.png": b"a", "public/robots.txt": b"b", "public/x/y.txt": b"c",
            "docs/plan.pdf": b"d", "docs/no.txt": b"e", "posts/b.png": b"f",
            "posts/x.md": f"{POST}![b](b.png) ![a](/img/a.png) [p](/papers/plan.pdf)\n",
            "posts/deep/y.md": f"{POST}![c](c.png)\n", "posts/deep/c.png": b"g",
        },
        config,
    )  # fmt: skip
    paths = {one.path for one in made.files if not one.path.endswith(".md")}
    assert paths == {
        "static/img/a.png", "static/root/x/y.txt", "static/root/papers/plan.pdf",
        "static/posts/b.png", "content/posts/deep/c.png", "data/site.json",
    }  # fmt: skip
    assert "![c](c.png)" in text_of(made, "content/posts/deep/y.md")
    assert "![b](/posts/b.png)" in text_of(made, "content/posts/x.md")
    assert [one for one in left(made) if "addPassthroughCopy" in one]


def test_a_menu_and_lists_come_from_navigation() -> None:
    nav = "---\ntitle: {0}\neleventyNavigation: {{key: {0}, order: {1}}}\n---\n{2}"
    made = eleventy.convert(
        old_site({
            "eleventy.config.js": "", "_data/site.json": SITE, "posts/x.md": f"{POST}Text.\n",
            "about.md": nav.format("About", 3, "Text.\n"),
            "blog.njk": nav.format("Blog", 2, "{% for a in collections.posts %}a{% endfor %}"),
            "index.njk": nav.format("Home", 1, "{% for a in collections.posts %}a{% endfor %}"),
            "gone.njk": nav.format("Gone", 4, "{% for a in b %}a{% endfor %}"),
        }),
        "old",
        Target(config=None, now=NOW),
    )  # fmt: skip
    assert (
        "menu:\n- title: Home\n  url: /\n- title: Blog\n  url: /posts/\n- title: About\n"
        "  url: /about/\n"
    ) in made.report.settings
    assert "nothing answers at `/gone/`; write a page if you need one" in [
        one.hint for one in made.report.entries
    ]


def test_two_texts_never_become_one_file() -> None:
    made = converted({"posts/x.md": f"{POST}One.\n", "blog/x.md": f"{POST}Two.\n"})
    assert {one.path for one in made.files} >= {"content/posts/x.md", "content/posts/x-2.md"}
    assert made.report.urls == ("/blog/x/", "/posts/x/")


def test_what_is_no_eleventy_site_is_refused() -> None:
    with pytest.raises(CannotImportError, match="no Eleventy site"):
        eleventy.convert(old_site({"posts/x.md": POST}), "old", TARGET)


SLUGS = [
    # As @sindresorhus/slugify 2.2.1, slugify 1.6.6, deunicode 1.6.2 and Pelican 4.12 say.
    ("A & B + c", "a-and-b-c", "a-and-b-+-c", "a-b-c", "a-b-c"),
    ("Über's süß", "uebers-suess", "uber's-suss", "uber-s-suss", "ubers-suss"),
    ("C++ / C#", "c-c", "c++-c", "c-c", "c-c"),
    ("Ωμέγα и я", "omega-i-ya", "wmega-i-ya", "omega-i-ia", "omega-i-ia"),
    ("Ελληνική βάση", "elliniki-vasi", "ellhnikh-bash", "ellenike-base", "ellenike-base"),
    ("What’s next – a “plan”…", "what-s-next-a-plan", "what's-next-a-\"plan\"...",
     "what-s-next-a-plan", "whats-next-a-plan"),
    ("C’est l’été: Œuvre №5", "c-est-l-ete-uvre-5", "c'est-l'ete:-oeuvre-5",
     "c-est-l-ete-oeuvre-no5", "cest-lete-oeuvre-no5"),
    ("中文标题 ok", "ok", "ok", "zhong-wen-biao-ti-ok", "zhong-wen-biao-ti-ok"),
    ("かな カナ", "", "", "kana-kana", "kana-kana"),
    ("한국어 글", "", "", "hangugeo-geul", "hangugeo-geul"),
    ("I-unsound (🦀, 👩‍💻)", "i-unsound", "i-unsound-(-)", "i-unsound-crab-woman-computer",
     "i-unsound"),
    ("5 × 3 → 15 €", "5-3-15-e", "5-3-15-euro", "5-x-3-15-eur", "5-x-3-15-eur"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sindre", "simple", "crate", "pelican"), SLUGS)
def test_slugs(text: str, sindre: str, simple: str, crate: str, pelican: str) -> None:
    rules = [(r"[^\w\s-]", ""), (r"(?u)\A\s*", ""), (r"(?u)\s*\Z", ""), (r"[-\s]+", "-")]
    assert sindre_slug(text) == sindre
    assert simple_slug(text) == simple
    assert crate_slug(text) == crate
    assert pelican_slug(text, rules) == pelican


def test_a_pattern_is_what_most_posts_have() -> None:
    import datetime as dt

    day = dt.datetime(2020, 1, 2, tzinfo=dt.UTC)
    posts = [(f"/2020/01/{name}.html", name, day) for name in "abc"] + [("/d/", "d", day)]
    assert common_pattern(posts) == {"post": "/{year}/{month}/{slug}.html"}
    assert common_pattern([("/posts/a/", "a", day)]) is None
    assert common_pattern([("/2019/a/", "a", day)]) is None
    assert common_pattern([]) is None


KEYS = st.sampled_from(
    [
        *("title", "date", "tags", "permalink", "layout", "pagination", "eleventyNavigation"),
        *("eleventyComputed", "eleventyExcludeFromCollections", "draft", "templateEngineOverride"),
        *("image", "authors", "author", "redirect_from", "excerpt", "updated", "description"),
    ]
)


@settings(max_examples=50, deadline=None)
@example(values={"permalink": {"": None}, "templateEngineOverride": False})
@given(values=st.dictionaries(KEYS | TEXTS, VALUES, max_size=6))
def test_any_front_matter_is_converted_or_told(values: dict[str, object]) -> None:
    path = "posts/x.md"
    made = converted({path: f"---json\n{json.dumps(values)}\n---\nText.\n"})
    if values.get("permalink") is not False:
        held(made, path)


@settings(max_examples=50, deadline=None)
@given(mark=st.sampled_from(["---\n", "---js\n", "---toml\n", ""]), matter=st.text(max_size=100),
       body=st.text(max_size=150))  # fmt: skip
def test_any_text_is_converted_or_told(mark: str, matter: str, body: str) -> None:
    path = "posts/2020-01-02-x.md"
    raw = f"{mark}{matter}\n---\n{body}\nend".encode(errors="surrogatepass")
    converted({path: raw})


PARTS = st.lists(
    st.sampled_from(
        [
            *("{{", "}}", "{%", "%}", "{#", "#}", " title", "| url", "if title", "endif", "else"),
            *("for a in [1]", "endfor", "set a = 1", "raw", "endraw", "\n", "    ", "- ", "image "),
            *('"a.png"', ",", "include 'x'", "note", "endnote", "`", "```", "# "),
        ]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(text=PARTS, engine=st.sampled_from(["liquid", "njk"]))
def test_any_tags_are_converted_or_told(text: str, engine: str) -> None:
    body_of(f"{text}\nend", engine)
