"""Documents that are read here say to a search what they say where Pagefind reads them."""

from __future__ import annotations

import gzip
import random
import re

import msgspec
import pytest

from generator.adapters import pagefind
from generator.render.search import words
from generator.render.search_index import Entry
from generator.render.search_shards import Indexed

SEED = 20261201

TEXTS = """
    harbour Harbour HARBOUR harbours, running runs. self-taught selfTaught snake_case _key __init__
    foo() foo.bar(baz) C++ C# .NET 1984 1,000.50 x1 a I … — «naïve» café Café résumé crème-brûlée
    Straße ﬁne Ångström İstanbul Σίσυφος ΟΔΟΣ привет ёлка 日本 ไทย مكتبة été 👋
    👨‍👩‍👧‍👦 ⚓sea✨ ② ½ m² Ⓐ z‍ http://example.org/a?b=c&amp;d &lt;p&gt; AT&amp;T it’s don't
    &quot;quoted&quot; it&#x27;s &#8617; &amp;lt; a&#160;b ) * $ _ ' " # 7 keycap#️⃣ ??? end. end!
    (end) [end] aB ABc XMLHttpRequest iOS9 v1.5.2 kebab-case-word--twice twice-twice o'clock l'été
    l été ___ __a__ ↑ ﹏a﹏ tab	bed"""
ELEMENTS = """
    p div h2 h2 h3 h6 ul li ol blockquote pre code em strong span a table td section article del
    mark time figure b sup dl dd button details summary"""
VOID = ["<br>", "<br/>", "<hr>", '<img src="/a.png" alt="A boat">', "<img src=/b.png>", "<wbr>"]
ODD = [
    "<p>open",
    "</em>",
    "<!-- no words -->",
    "<!-->",
    "<svg><text>drawn</text></svg>",
    "<script>let words = '<p>'</script>",
    "<nav id=n>menu</nav>",
    "<label>Name <b id=x>it</b></label>",
    "<math><mi>x</mi></math>",
    "<P ID='Big'>Upper</P>",
    "<i id=''>none</i>",
    '<div id="it\'s">it</div>',
    '<div id="a b">spaces</div>',
    "<div id=a&amp;b>and</div>",
    "<b id='&#x41;'>letter</b>",
    "<p/>self",
    "a < b > c",
    "&copy; &nbsp &unknown; & so",
    "&#8203;&#128; &#x41;",
    '<p data-pagefind-weight="3">heavy</p>',
    "<p data-pagefind-ignore>never</p>",
    "<title>t</title>",
    "<textarea><b></textarea>",
    "<em title='a > b'>quoted</em>",
    "___PAGEFIND_WEIGHT___5",
    "zero\u200bwidth",
    "\x1cfile",
    "<a name=x>old</a>",
    "<my-element>own</my-element>",
    "<p id=one id=two>twice</p>",
    "<",
]


class Writer:
    """Writes HTML by chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.ids = 0

    def text(self) -> str:
        chosen = self.chance.choices(re.split("[ \n]+", TEXTS.strip()), k=self.chance.randint(0, 6))
        return self.chance.choice([" ", " ", "\n", "", "  ", "\r\n"]).join(chosen)

    def body(self, odd: float, depth: int = 0) -> str:
        return "".join(self.piece(odd, depth) for _ in range(self.chance.randint(1, 5)))

    def piece(self, odd: float, depth: int) -> str:
        if self.chance.random() < odd:
            return self.chance.choice(ODD)
        kind = self.chance.random()
        if kind < 0.4 or depth > 4:
            return self.text()
        if kind < 0.5:
            return self.chance.choice(VOID)
        name = self.chance.choice(ELEMENTS.split())
        attributes = self.chance.choice(["", "", "", ' class="a"', ' href="/x/"', " title='y'"])
        if self.chance.random() < 0.3:
            self.ids += 1
            attributes += f' id="id-{self.ids}"'
        return f"<{name}{attributes}>{self.body(odd, depth + 1)}</{name}>"


def entries(count: int, odd: float, language: str) -> list[Entry]:
    chance = random.Random(f"{SEED} {odd} {language}")
    writer = Writer(chance)
    return [
        Entry(
            url=f"/{language}/{number}/{odd}/",
            title=writer.text().replace("&amp;", "&") or "Untitled",
            language=language,
            date="2024-03-01" if number % 3 else "",
            written="1 <March>  2024" if number % 2 else "",
            tags=tuple(filter(None, (writer.text() for _ in range(number % 3)))),
            html=writer.body(odd) + writer.body(odd),
        )
        for number in range(count)
    ]


def compared(found: Indexed) -> tuple[object, ...]:
    """What is made of a document, in no order of words."""
    own = msgspec.structs.asdict(found)
    lists = [msgspec.msgpack.decode(own.pop(name)) for name in ("words", "variants")]
    fragment = own.pop("fragment")
    return (msgspec.json.decode(_opened(fragment)) if fragment else {}, *lists, own)


def _opened(fragment: bytes) -> bytes:
    return gzip.decompress(fragment).removeprefix(b"pagefind_dcd")


@pytest.mark.parametrize("html", ODD)
def test_what_is_not_plain_is_read_as_by_pagefind(
    html: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = Entry(url="/a/", title="A", language="en", date="", tags=(), html=f"<p>A{html} b</p>")
    package = pagefind.needed().package
    here = pagefind.index(package, [entry])
    monkeypatch.setattr(pagefind, "_is_alike", lambda _: False)
    assert list(map(compared, here)) == list(map(compared, pagefind.index(package, [entry])))


@pytest.mark.parametrize("language", ["en", "de", "fr", "ar", "tr", "zz", "pt-BR"])
def test_what_is_read_here_is_what_pagefind_reads(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [*entries(60, 0, language), *entries(60, 0.03, language)]
    package = pagefind.needed().package
    read = [words.read(entry) is not None for entry in found]
    assert sum(read[:60]) > 40
    assert 0 < sum(read[60:]) < 60
    read_here = [entry for entry, is_read in zip(found, read, strict=True) if is_read]
    monkeypatch.setattr(pagefind, "_vocabularies", {})
    alone = pagefind.index(package, read_here)
    monkeypatch.setattr(pagefind, "_vocabularies", {})
    among_others = pagefind.index(package, found)
    monkeypatch.setattr(pagefind, "_is_alike", lambda _: False)
    by_pagefind = pagefind.index(package, found)
    for entry, one, other in zip(found, among_others, by_pagefind, strict=True):
        assert compared(one) == compared(other), entry
    assert alone == [one for one, is_read in zip(among_others, read, strict=True) if is_read]
