"""Small whole sites of our own, for what is not in one text: addresses, dates, settings, drafts."""

from __future__ import annotations

from collections.abc import Mapping

JEKYLL = "title: Tides\nurl: https://a.example\n"
HUGO = 'baseURL = "https://a.example/"\ntitle = "Tides"\n'


def text(matter: str = "", body: str = "Text.", title: str = "A text") -> str:
    return f"---\ntitle: {title}\n{matter}---\n{body}\n"


HTML_PAGE = """\
<section>
  <div class="box">

    <div>
        <p>Indented *deeply* "so".</p>

        <p>After an empty line: <a href="/about/">here</a>.</p>
    </div>

    - no list

    <pre>
one

  two
</pre>
  </div>
</section>

Text with <code>a_b_c</code>.
"""
SITES: dict[str, tuple[str, Mapping[str, str | bytes]]] = {
    "jekyll-collections": (
        "jekyll",
        {
            "_config.yml": JEKYLL
            + "collections:\n  posts: {permalink: '/:year/:title/'}\n"
            + "  food: {output: true, permalink: '/food/:name/'}\n"
            + "  tools: {output: true}\n",
            "_posts/2020-01-02-one.md": text(body="[Soup](/food/pea-soup/)"),
            "_posts/2020-01-03-two.md": text("permalink: /own.html\n"),
            "_food/pea-soup.md": text("layout: page\n", title="Soup"),
            "_food/deep/Fish_Pie.md": text("layout: page\n", title="Pie"),
            "_tools/2019-02-03-knife.md": text("layout: page\n", title="Knife"),
            "_tools/fork.md": text("layout: page\n", title="Fork"),
        },
    ),
    "jekyll-relative": (
        "jekyll",
        {
            "_config.yml": JEKYLL + "permalink: pretty\n",
            "_guides/x.md": text(),
            "de/index.md": text("permalink: /de/\n", "[Eins](eins/)", "Start"),
            "de/eins.md": text("permalink: /de/eins/\n", "[Zwei](../zwei/)", "Eins"),
            "de/zwei.md": text("permalink: /de/zwei/\n", "[Eins](../eins/)", "Zwei"),
            "texts/one.md": text("permalink: /de/one/\n", "[Two](../two/) [x](/texts/two/)", "One"),
            "texts/two.md": text("permalink: /de/two/\n", "[One](../one/)", "Two"),
            "two.md": text("permalink: /two/\n", "Not that."),
        },
    ),
    "jekyll-aliases": (
        "jekyll",
        {
            "_config.yml": JEKYLL + "plugins: [jekyll-redirect-from]\n",
            "_posts/2020-01-02-one.md": text(
                "redirect_from:\n  - /old/\n  - /old.php?id=3\n  - /older/\n"
            ),
        },
    ),
    "jekyll-names": (
        "jekyll",
        {
            "_config.yml": JEKYLL,
            "_posts/2020-01-02-a & b + c.md": text(),
            "_posts/2020-01-02-snake_case--and.dots.md": text(),
            "_posts/2020-01-02-Übung macht's.md": text(),
            "_posts/2020-01-02-c#-sharp.md": text(),
            "_posts/2020-01-02-sea.md": text("categories: [Big Sea, calm]\n"),
            "_posts/2020-01-02-sky.md": text("category: Big Sky\n"),
            "notes/A Page (old).md": text(),
            "under_score/p.md": text(),
        },
    ),
    "jekyll-dates": (
        "jekyll",
        {
            "_config.yml": JEKYLL + "timezone: America/New_York\n",
            "_posts/2020-01-02-late.md": text("date: 2020-01-02 23:30:00 -0500\n"),
            "_posts/2020-01-02-zulu.md": text("date: 2020-01-03 03:30:00 Z\n"),
            "_posts/2020-01-02-plain.md": text("date: 2020-01-02 23:30\n"),
            "_posts/2020-01-02-bare.md": text("date: 2020-01-03 03:30:00\n"),
            "_posts/2020-01-02-quoted.md": text("date: '2020-01-02 03:30:00'\n"),
            "_posts/2020-01-02-form.md": text("date: 2020-01-04 03:30:00 HH:MM:SS -0500\n"),
            "_posts/2020-01-02-twice.md": text(
                "layout: page\ntags: [a]\nlayout: post\ntags:\n - b\n"
            ),
            "_posts/2020-01-02-words.md": text("last_modified_at: Feb 5, 2024\n"),
            "_posts/2020-01-04-named.md": text("date: 4 January 2020\n"),
        },
    ),
    "jekyll-offsets": (
        "jekyll",
        {
            "_config.yml": JEKYLL + "timezone: ''\n",
            "_posts/2020-01-02-late.md": text("date: 2020-01-02 23:30:00 -0500\n"),
            "_posts/2020-07-02-later.md": text("date: 2020-07-02 22:30:00 -0400\n"),
        },
    ),
    "jekyll-files": (
        "jekyll",
        {
            "_config.yml": JEKYLL,
            "_posts/2020-01-02-one.md": text(body="[p](/assets/plan.pdf) [x](/assets/a%20b.zip)"),
            "assets/plan.pdf": b"%PDF",
            "assets/a b.zip": b"PK",
            "files/fix.patch": b"x",
        },
    ),
    "jekyll-liquid": (
        "jekyll",
        {
            "_config.yml": JEKYLL + "boats: [sloop, ketch]\n",
            "_data/ports.yml": "- {name: Ost, depth: 3}\n- {name: West, depth: 5}\n",
            "_data/deep/team.json": '{"ada": {"role": "pilot"}}',
            "_includes/note.html": "<p>Mind the tide.</p>\n",
            "_includes/by.html": "<b>{{ include.name }}</b>{% if include.role %}, "
            "{{ include.role }}{% endif %}",
            "_posts/2020-01-02-loop.md": text(
                body="{% for port in site.data.ports %}\n- {{ port.name }}: {{ port.depth }} m\n"
                "{% endfor %}\n\nOf {{ site.data.ports | size }}: {{ site.boats | join: ', ' }}."
            ),
            "_posts/2020-01-02-include.md": text(
                body='{% include note.html %}\n\nBy {% include by.html name="Ada" role="pilot" %} '
                'and {% include by.html name="Bo" %}.'
            ),
            "_posts/2020-01-02-if.md": text(
                "boat: sloop\n",
                "{% assign who = site.data.deep.team.ada %}A {{ who.role }}"
                "{% if page.boat == 'sloop' %} in a {{ page.boat | upcase }}{% else %}?{% endif %}"
                "{% unless page.none %}.{% endunless %}\n\n{{ page.date | date: '%Y' }}",
            ),
        },
    ),
    "jekyll-includes": (
        "jekyll",
        {
            "_config.yml": JEKYLL,
            "about/_part.md": "## A part\n\nOf *{{ page.title }}*, {{ include.of }}.\n",
            "about/index.md": text(
                "layout: page\n", "{% include_relative _part.md of='two' %}\n\nMore.", "About"
            ),
            "_posts/2020-01-02-a.md": text(
                body="<div>\n<pre>\none\n\n  two\n</pre>\n\n<p>x</p>\n</div>\n\n"
                "<p style='text-align: center'>In the middle</p>\n\n"
                "<img alt='A' src='https://b.example/a.png'\n  style='width: 9px'\n/>\n\n*Text*."
            ),
        },
    ),
    "jekyll-html": (
        "jekyll",
        {
            "_config.yml": JEKYLL,
            "about.html": text("permalink: /about/\nlayout: page\n", HTML_PAGE, "About"),
            "code.html": text(
                "layout: page\n",
                "<p>Run *it*:</p>\n\n{% highlight sh %}\nrun <x>\n\n  more\n{% endhighlight %}\n",
                "Code",
            ),
            "_posts/2020-01-03-b.html": text(body="<p>A</p>\n\n    <p>B *c*</p>\n# no heading\n"),
        },
    ),
    "hugo-assets": (
        "hugo",
        {
            "hugo.toml": HUGO,
            "content/docs/deep/a.md": text("", "![A](images/a.svg) ![B](/images/a.svg)", "Deep"),
            "content/docs/b.md": text(
                "",
                '{{< figure src="/images/a.svg" alt="A" caption="An *old* `a`, [b](/docs/b/)" >}}\n'
                '\n{{< figure src="/images/a.svg" alt="B" caption="Some words" >}}\n',
            ),
            "assets/images/a.svg": "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'/>",
        },
    ),
    "hugo-html": (
        "hugo",
        {
            "hugo.toml": HUGO + "[security]\nallowContent = ['.*']\n",
            "content/about.html": text("", HTML_PAGE, "About"),
            "content/posts/a.md": text("date: 2020-01-02\n"),
        },
    ),
    "jekyll-leads": (
        "jekyll",
        {
            "_config.yml": JEKYLL + "plugins: [jekyll-redirect-from]\n",
            "one.md": text("redirect_to: /about\nlayout: page\n", "Never shown."),
            "two.md": text("redirect_to: https://b.example/x\nlayout: page\n", ""),
            "three.md": text("layout: leads\nto: notes\n", ""),
            "_layouts/leads.html": "<meta http-equiv='refresh' "
            "content='0; url=https://b.example/{{ page.to }}.html'>\n",
            "about.md": text("permalink: /about/\nlayout: page\n", "## Us\n\nText.", "About"),
            "_posts/2020-01-02-a.md": text("redirect_to: [https://b.example/]\n"),
            "_posts/2020-01-03-b.md": text(body="[one](/one.html) [a](/2020/01/02/a.html)"),
        },
    ),
    "jekyll-archives": (
        "jekyll",
        {
            "_config.yml": JEKYLL
            + "plugins: [jekyll-archives, jekyll-redirect-from]\n"
            + "jekyll-archives:\n  enabled: [tags, categories]\n"
            + "  layout: page\n  permalinks: {tag: '/tag/:name/'}\n",
            "_posts/2020-01-02-one.md": text("tags: [C++, low water]\ncategories: [Sea]\n"),
            "archive.html": text("", "{% for post in site.posts %}{{ post.title }}{% endfor %}"),
            "all.md": text(
                "permalink: /archive/\nlayout: page\n",
                "<ul>\n{% assign shown = site.posts %}\n{% for post in shown %}"
                "{% for tag in post.tags %}{{ tag }}{% endfor %}\n- {{ post.title }}\n"
                "{%- endfor %}\n</ul>",
            ),
            "category.md": text("layout: page\n", "{% for one in site.categories %}x{% endfor %}"),
            "_posts/2020-01-03-two.md": text(
                body="[a](/archive/) [b](/category.html) [c]({% link category.md %})"
            ),
            "gone.md": "---\nredirect_to: /about/\n---\n",
            "about.md": text("permalink: /about/\nlayout: page\n"),
        },
    ),
    "hugo-terms": (
        "hugo",
        {
            "hugo.toml": HUGO,
            "content/posts/a.md": text("date: 2020-01-02\ntags: ['C++', 'F#', 'Low Water']\n"),
            "content/posts/b.md": text("date: 2020-01-02\ncategories: ['R & D', 'Été']\n"),
        },
    ),
    "hugo-permalinks-of-terms": (
        "hugo",
        {
            "hugo.toml": 'baseURL = "https://a.example/"\ndefaultContentLanguage = "en"\n'
            + '[languages.en]\ntitle = "Tides"\n[languages.de]\ntitle = "Gezeiten"\n'
            + '[languages.de.permalinks.term]\ntags = "/s/:slug/"\n'
            + '[permalinks]\ntags = "/:section/t/:title/"\n'
            + '[permalinks.term]\ncategories = "/c/:contentbasename/x"\n',
            "content/posts/a.md": text(
                "date: 2020-01-02\ntags: [C++, 'R & D', x y, \u00c9a_b]\n"
                "categories: [Low  Water, 'A & b']\n"
            ),
            "content/posts/a.de.md": text("date: 2020-01-02\ntags: [x z]\n"),
        },
    ),
    "hugo-layouts": (
        "hugo",
        {
            "hugo.toml": HUGO,
            "layouts/archives.html": "x",
            "content/archives.md": text("layout: archives\n", ""),
            "content/search.md": text("layout: search\n", "", "Search"),
            "content/empty.md": text("layout: single\n", "Text."),
            "content/posts/a.md": text("date: 2020-01-02\n"),
        },
    ),
    "hugo-links": (
        "hugo",
        {
            "hugo.toml": HUGO,
            "content/posts/a.md": text(
                "date: 2020-01-02\n", "[b](/posts/b/) [b](../b/) [c](/posts/c/) [d](/docs/d/)"
            ),
            "content/posts/b.md": text("date: 2020-01-02\n", "[a](../a/#x) [d](../../docs/d)"),
            "content/posts/c/index.md": text("date: 2020-01-02\n", "[p](plan.pdf) [a](../a/)"),
            "content/posts/c/plan.pdf": b"%PDF",
            "content/docs/d.md": text("", "[e](../e/) [a](/posts/a)"),
            "content/docs/e.md": text("", "[d](../d/)"),
        },
    ),
    "hugo-dates": (
        "hugo",
        {
            "hugo.toml": HUGO,
            "content/posts/late.md": text("date: 2020-01-02T23:30:00-05:00\n"),
            "content/posts/later.md": text("date: 2020-03-02T22:10:00-05:00\n"),
            "content/posts/summer.md": text("date: 2020-07-02T22:10:00-04:00\n"),
            "content/posts/mod.md": text("date: 2020-01-02\nlastmod: 03 Mar 2019\n"),
            "content/posts/gone.md": text("date: 2019-01-02\nexpiryDate: 02 Jan 2020\n"),
            "content/posts/iso.md": text("date: 2019-01-02\nexpiryDate: 2020-01-02\n"),
            "content/posts/published.md": text("publishDate: 2019-01-02\ndate: 2999-01-02\n"),
            "content/posts/future.md": text("publishDate: 2999-01-02\ndate: 2019-01-02\n"),
        },
    ),
    "hugo-cascade": (
        "hugo",
        {
            "hugo.toml": HUGO + '[[cascade]]\n[cascade.params]\nx = 1\n',
            "content/posts/_index.md": text("cascade: {tags: [all]}\n"),
            "content/posts/a.md": text("date: 2020-01-02\n"),
            "content/notes/_index.md": text("cascade: {draft: true}\n", title="Notes"),
            "content/notes/hidden.md": text(),
            "content/notes/open/_index.md": text("cascade: {draft: false}\ndraft: false\n"),
            "content/notes/open/seen.md": text(),
            "content/notes/said.md": text("draft: false\n"),
            "content/parts/_index.md": text(
                "cascade:\n  - target: {path: '**/x*'}\n    build: {render: never}\n"
            ),
            "content/parts/x1.md": text(),
            "content/parts/y1.md": text(),
            "content/late/_index.md": text("cascade: {publishDate: 2999-01-01}\n"),
            "content/late/z.md": text(),
        },
    ),
    "hugo-names": (
        "hugo",
        {
            "hugo.toml": HUGO + "[permalinks.page]\nblog = '/:year/:slug/'\n",
            "content/blog/a & b + c.md": text("date: 2020-01-02\n", title="A & B + C"),
            "content/blog/snake_case--and.dots.md": text(
                "date: 2020-01-02\n", title="Snake_case -- dots... v1.2"
            ),
            "content/blog/Über's.md": text("date: 2020-01-02\n", title="Übung macht's"),
            "content/blog/cs.md": text("date: 2020-01-02\n", title="C# & F#"),
            "content/blog/url.md": text("date: 2020-01-02\nurl: /x/:year/:slug/\n", title="My Url"),
            "content/blog/slug.md": text("date: 2020-01-02\nslug: Own Slug_x\n"),
            "content/docs/A Page (old).md": text(),
            "content/docs/under_score/p.md": text(),
            "content/docs/C++ and C#.md": text(),
        },
    ),
    "hugo-settings": (
        "hugo",
        {
            "config/_default/hugo.yaml": "baseURL: https://a.example/\n"
            "permalinks: {page: {posts: '/:year/:slug/'}, section: {docs: '/manual/'}}\n",
            "config/_default/languages.en.toml": 'title = "Tides"\nlocale = "en-GB"\n',
            "config/_default/menus.en.toml": '[[main]]\nname = "Home"\nurl = "/"\n',
            "config/production/params.toml": 'description = "Of tides"\n',
            "content/posts/a.md": text("date: 2020-01-02\n"),
            "content/docs/_index.md": text("", "Docs.", "Docs"),
            "content/docs/b.md": text(),
        },
    ),
    "hugo-mounts": (
        "hugo",
        {
            "hugo.toml": HUGO
            + "[module]\n[[module.mounts]]\nsource = 'texts'\ntarget = 'content'\n"
            + "[[module.mounts]]\nsource = 'files'\ntarget = 'static'\n"
            + "[markup.goldmark.parser]\nautoHeadingIDType = 'github-ascii'\n",
            "texts/posts/a.md": text("date: 2020-01-02\n", "## Ünïcode süß\n\n[f](/f.pdf)"),
            "files/f.pdf": b"%PDF",
        },
    ),
    "hugo-aliases": (
        "hugo",
        {
            "hugo.toml": 'baseURL = "https://a.example/"\ndefaultContentLanguage = "en"\n'
            + '[languages.en]\ntitle = "Tides"\n[languages.de]\ntitle = "Gezeiten"\n'
            + '[permalinks]\nposts = "/:year/:slug/"\n',
            "content/posts/a.md": text(
                "date: 2020-01-02\ntags: [C++]\n"
                "aliases: [beside, ../up, /root/, /de/odd/, /x.html, sub/deep/]\n"
            ),
            "content/posts/a.de.md": text(
                "date: 2020-01-02\ntags: [C++, 'Ebbe & Flut']\n"
                "aliases: [daneben, /alt/, /de/neu/, /ohne, ../hoch]\n",
                title="Ein Text",
            ),
            "content/posts/_index.md": text("aliases: [/blog/, weblog]\n", "", "Posts"),
            "content/posts/_index.de.md": text("aliases: [/blog/, weblog]\n", "", "Beitr\u00e4ge"),
            "content/about.de.md": text("aliases: [wir]\n", "Seite.", "Seite"),
        },
    ),
    "hugo-folders-of-languages": (
        "hugo",
        {
            "hugo.toml": 'baseURL = "https://a.example/"\ndefaultContentLanguage = "en"\n'
            + '[languages.en]\ntitle = "Tides"\ncontentDir = "content/en"\n'
            + '[languages.de]\ntitle = "Gezeiten"\ncontentDir = "content/de"\n',
            "content/en/posts/a.md": text(
                "date: 2020-01-02\n", "[key](/certs/key.der) [g](/give/)"
            ),
            "content/en/moved.md": text("aliases: [/gone/]\n", "[posts](/posts/)", "Moved"),
            "content/de/eins.md": text("", "[Zum anderen](/gone/)", "Eins"),
            "content/en/give.md": text("layout: give\n", "", "Give"),
            "content/de/posts/a.md": text(
                "date: 2020-01-02\n", "[Schl\u00fcssel](/certs/key.der)", "Ein Text"
            ),
            "content/notes/never.md": text(),
            "static/certs/key.der": b"x",
        },
    ),
    "hugo-in-folders": (
        "hugo",
        {
            "hugo.toml": 'baseURL = "https://a.example/"\ndefaultContentLanguage = "en"\n'
            + "defaultContentLanguageInSubdir = true\n"
            + '[languages.en]\ntitle = "Tides"\n[languages.de]\ntitle = "Gezeiten"\n',
            "content/_index.md": text("", "Welcome.", "Home"),
            "content/_index.de.md": text("", "Willkommen.", "Anfang"),
            "content/posts/a.md": text(
                "date: 2020-01-02\naliases: [beside, /root/]\n", "[b](/en/posts/b/) [c](../b/)"
            ),
            "content/posts/b.md": text("date: 2020-01-02\ntags: [low water]\n"),
            "content/posts/a.de.md": text("date: 2020-01-02\naliases: [/alt/]\n", title="Ein Text"),
            "content/docs/d.md": text("", "[a](/en/posts/a/)", "Docs"),
        },
    ),
    "hugo-languages": (
        "hugo",
        {
            "hugo.toml": 'baseURL = "https://a.example/"\ndefaultContentLanguage = "en"\n'
            + '[languages.en]\ntitle = "Tides"\n[languages.de]\ntitle = "Gezeiten"\n',
            "content/posts/a.md": text("date: 2020-01-02\n", "## One\n\n[b](/posts/b/)"),
            "content/posts/a.de.md": text(
                "date: 2020-01-02\n", "## Eins\n\n[b](/de/posts/b/)", "Ein Text"
            ),
            "content/posts/b.md": text("date: 2020-01-02\n"),
            "content/posts/b.de.md": text("date: 2020-01-02\n", title="Noch einer"),
            "content/about.de.md": text("", "Seite.", "Seite"),
            "content/about.md": text("", "Page.", "Page"),
        },
    ),
}  # fmt: skip

SITE_DIFFERENCES: dict[str, dict[str, list[str]]] = {
    # A page of nothing but a layout of the theme's is reported.
    "hugo-folders-of-languages": {"/give/": ["address: /give/ -> nothing"]},
    # A text whose date is to come and that is published has the day on which it was published.
    "hugo-dates": {"/posts/published/": ["date: 2999-01-02 -> 2019-01-02"]},
    # No address here has a `#`.
    "hugo-terms": {"/tags/f#/": ["address: /tags/f#/ -> nothing"]},
    # Hugo lists texts that have no page.
    "hugo-cascade": {
        "/parts/": [
            "text: A text -> nothing (after `text`)",
            "lists: ul(li li) -> ul(li)",
        ]
    },
    # No address here has a `#`; the report tells where these are now.
    "hugo-names": {
        "/2020/c#-f#/": ["address: /2020/c#-f#/ -> nothing"],
        "/2020/cs/": ["address: nothing -> /2020/cs/"],
        "/docs/c++-and-c#/": ["address: /docs/c++-and-c#/ -> nothing"],
        "/docs/cpp-and-c-sharp/": ["address: nothing -> /docs/cpp-and-c-sharp/"],
        "/docs/": ["links: /docs/c++-and-c -> /docs/cpp-and-c-sharp"],
    },
}
"""What is documented to be different: site -> URL -> what."""
