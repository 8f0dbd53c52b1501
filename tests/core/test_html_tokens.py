"""The scanner finds what another reader of HTML finds, and never takes long."""

import time
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.core.html_tokens import plain, tags

Seen = list[tuple[str, bool, dict[str, str]]]


class _Reader(HTMLParser):
    """Python's own reader of HTML, as a second opinion."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.seen: Seen = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found: dict[str, str] = {}
        for name, value in attrs:
            found.setdefault(name, value or "")
        self.seen.append((tag, False, found))

    def handle_endtag(self, tag: str) -> None:
        self.seen.append((tag, True, {}))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)


_NAMES = st.sampled_from(["p", "a", "DIV", "h1", "img", "my-tag", "svg"])
_TEXT = st.text("ab é&<>\"'=/-;#\N{WAVE DASH}", max_size=12)
_VALUE = st.one_of(
    _TEXT.map(lambda text: f'"{escape(text)}"'),
    _TEXT.map(lambda text: f"'{escape(text)}'"),
    st.sampled_from(["/a/b", "x=y", "1", "/"]),
)
_ATTRIBUTE = st.tuples(
    st.sampled_from(["href", "ID", "data-x", "aria-label", "ns:b"]),
    st.sampled_from(["=", " = "]),
    _VALUE,
).map("".join)
_START = st.tuples(_NAMES, st.lists(_ATTRIBUTE | st.just("hidden"), max_size=3)).map(
    lambda made: "<" + " ".join([made[0], *made[1]]) + ">"
)
_PIECE = st.one_of(
    _START,
    _NAMES.map(lambda name: f"</{name} >"),
    _TEXT.map(escape),
    _TEXT.map(lambda text: f"<!-- {text.replace('-', ' ')} -->"),
    st.just("<!doctype html>"),
    st.just("<script>if (a < b) { '<p>' }</script>"),
    st.just("a < b"),
)


@given(st.lists(_PIECE, max_size=12).map("".join))
def test_it_agrees_with_another_reader(text: str) -> None:
    other = _Reader()
    other.feed(text)
    other.close()
    ours: Seen = [
        (tag.name, tag.closing, {} if tag.closing else tag.attributes)
        for tag in tags(text)
        if not tag.name.startswith("!")
    ]
    assert ours == other.seen


@given(st.lists(_PIECE, max_size=12).map("".join))
def test_a_tag_stands_where_it_says(text: str) -> None:
    before = 0
    for tag in tags(text):
        assert before <= tag.start < tag.end
        assert text[tag.start] == "<"
        before = tag.end


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        '<a "',
        '<a b="',
        "<",
        "<a ",
        "<a =",
        "<a b= '",
        "<script ",
        "<script>",
        "<!----",
        "</",
        "<a/",
    ],
)
def test_no_text_takes_more_than_linear_time(piece: str) -> None:
    def seconds(times: int) -> float:
        text = piece * times
        best = 9.0
        for _ in range(3):
            begun = time.process_time()
            list(tags(text))
            best = min(best, time.process_time() - begun)
        return best

    # Twenty times the text would take four hundred times as long if each piece read on to the end.
    assert seconds(100_000) < 100 * max(seconds(5_000), 0.002)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<b>b</b>c", "abc"),
        ("a<br>b<p>c</p>d", "a b c d"),
        ("a &amp; b&nbsp; c", "a & b c"),
        ("<script>x</script><style>y</style><template>z</template>a<!-- b -->", "a"),
        ("  a\n\tb ", "a b"),
    ],
)
def test_plain_text(html: str, text: str) -> None:
    assert plain(html) == text
