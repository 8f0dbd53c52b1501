"""Posts without a title, posts about another page, and posts with a recording, as they are read."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.content.frontmatter import Document, parse
from generator.content.notes import MOST_OF_A_NAME, beginning_of
from generator.content.recordings import Audio
from tests.support.sites import post, told

SOURCE = "content/posts/2021-05-01-a-post.md"


def read(
    text: str, kind: str = "post", *, untitled: bool = False
) -> tuple[Document | None, list[str]]:
    zone = ZoneInfo("UTC")
    document, found = parse(SOURCE, text.encode(), kind, zone, untitled=untitled)  # type: ignore[arg-type]
    return document, [line.removeprefix(f"{SOURCE}:") for line in told(found)]


def good(text: str, *, untitled: bool = False) -> Document:
    document, found = read(text, untitled=untitled)
    assert document is not None
    assert not found
    return document


def test_a_post_says_that_it_has_no_title() -> None:
    document = good("---\ntitle: false\n---\nJust *the* sea.\n")
    assert (document.title, document.untitled) == ("Just the sea.", True)
    assert document.body == "Just *the* sea.\n"


def test_a_site_may_say_it_for_all_posts() -> None:
    document = good("---\ntags: sea\n---\nJust the sea.\n", untitled=True)
    assert (document.title, document.untitled) == ("Just the sea.", True)
    document = good("Just the sea.\n", untitled=True)
    assert (document.title, document.body, document.body_line) == (
        "Just the sea.",
        "Just the sea.\n",
        1,
    )
    document = good("# A title\n\nThe sea.\n", untitled=True)
    assert (document.title, document.untitled) == ("A title", False)
    document = good(post(title="T"), untitled=True)
    assert (document.title, document.untitled) == ("T", False)


def test_a_forgotten_title_is_told() -> None:
    _, found = parse(SOURCE, b"---\ntags: sea\n---\nThe sea.\n", "post", ZoneInfo("UTC"))
    [problem] = found
    assert problem.code == "missing-title"
    assert "`title: false`" in problem.hint
    for forgotten in ("title:", "title: ''"):
        document, lines = read(f"---\n{forgotten}\n---\nThe sea.\n")
        assert document is None, forgotten
        assert "missing-title" in lines[0]
        # That is not meant as none, even where posts may have none.
        assert read(f"---\n{forgotten}\n---\nThe sea.\n", untitled=True)[0] is None


def test_what_is_no_text_is_not_taken_for_one() -> None:
    document, lines = read("---\ntitle: true\n---\nText.\n")
    assert document is None
    assert "wrong-type" in lines[0]
    for text in ("--\ntitle: T\n---\nText.\n", "+++\ntitle = 1\n+++\nText.\n"):
        assert "no-front-matter" in read(text, untitled=True)[1][0]


@pytest.mark.parametrize("kind", ["page", "item"])
def test_only_a_post_can_have_no_title(kind: str) -> None:
    document, lines = read("---\ntitle: false\n---\nText.\n", kind)
    assert document is None
    assert lines == ["2: missing-title: only a post can have no title"]
    assert read("Text.\n", kind, untitled=True)[0] is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("One.\n\nTwo.\n", "One."),
        ("![A boat](boat.jpg)\n\nTwo.\n", "A boat"),
        ("{{ badge(text='x') }}\n\nTwo <b>and</b> three[^1].\n\n[^1]: Foot.\n", "Two and three."),
        ("<!-- a -->\n\n> [A link](https://example.org) & `code`\n", "A link & code"),
        (
            "A sentence that is longer than sixty characters is cut between two words.",
            "A sentence that is longer than sixty characters is cut…",
        ),
        ("", ""),
        ("---\n\n***\n", ""),
    ],
)
def test_the_beginning_of_a_text(text: str, name: str) -> None:
    assert beginning_of(text) == name


@given(st.text())
def test_any_text_has_a_beginning_of_one_line(text: str) -> None:
    name = beginning_of(text)
    assert len(name) <= MOST_OF_A_NAME
    assert name == " ".join(name.split())


def test_a_post_of_no_words_is_called_by_its_date() -> None:
    assert good("---\ntitle: false\n---\n{{ gallery() }}\n").title == "2021-05-01"


def test_a_link() -> None:
    link = "https://example.org/a?b=1#c"
    assert good(post(f"link: {link}")).link == link
    for wrong in (
        "example.org",
        "/a/",
        "ftp://example.org/",
        "https://",
        "https://[/",
        "'https://a b/'",
    ):
        document, lines = read(post(f"link: {wrong}"))
        assert document is None, wrong
        assert lines[0].startswith("3: bad-link: "), wrong


@pytest.mark.parametrize(
    ("link", "better"),
    [
        ("htps//x.org/a", "https://x.org/a"),
        ("https:/x.org", "https://x.org"),
        ("ftp://x.org/", "https://x.org/"),
        ("x.org/a/b", "https://x.org/a/b"),
        ("//x.org", "https://x.org"),
        ("https://", "https://example.org/page"),
    ],
)
def test_the_way_out_of_a_bad_link_is_a_good_one(link: str, better: str) -> None:
    _, [problem] = parse(SOURCE, post(f"link: {link}").encode(), "post", ZoneInfo("UTC"))
    assert problem.hint == f"write the whole address, such as `link: {better}`"
    assert good(post(f"link: {better}")).link == better


@pytest.mark.parametrize("kind", ["page", "item"])
def test_what_posts_have_means_nothing_elsewhere(kind: str) -> None:
    document, lines = read(post("link: x\naudio: y"), kind)
    assert not lines
    assert document is not None
    assert (document.link, document.audio) == ("", None)
    assert document.extra == {"link": "x", "audio": "y"}


def test_a_recording() -> None:
    assert good(post("audio:\n  file: talk.mp3\n  length:")).audio == Audio(file="talk.mp3")
    assert good(post("audio: talk.mp3")).audio == Audio(file="talk.mp3")
    matter = (
        "audio:\n  file: https://m.example/a\n  type: audio/mpeg\n  length: 9\n  duration: 1:02:03"
    )
    audio = good(post(matter)).audio
    assert audio is not None
    assert (audio.is_remote, audio.length, audio.seconds) == (True, 9, 3723)


@pytest.mark.parametrize(
    ("audio", "line"),
    [
        ("https://m.example/a.mp3", "bad-audio: `audio`: the length of `https://m.example/a.mp3`"),
        ("talk", "bad-audio: `audio`: `talk` has no ending that says what it is"),
        ("{file: ' '}", "bad-audio: `audio`: it names no file"),
        ("{file: a.mp3, duration: long}", "bad-audio: `audio`: `duration: long` is no time"),
        ("{file: a.mp3, type: mp3}", "bad-audio: `audio`: `type: mp3` is no media type"),
        ("{file: a.mp3, episode: -1}", "bad-audio: `audio`: `episode: -1` is less than 0"),
        ("{fil: a.mp3}", "wrong-type: `audio`: "),
        ("[a.mp3]", "wrong-type: `audio`: expected a group"),
    ],
)
def test_a_recording_that_feeds_could_not_name(audio: str, line: str) -> None:
    document, lines = read(post(f"audio: {audio}"))
    assert document is None
    assert lines[0].startswith(f"3: {line}")


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("45:30", 2730), ("0:05", 5), ("1:45:30", 6330), (95, 95), ("90:00", 5400), ("", 0)],
)
def test_how_long_a_recording_is(duration: str | int, seconds: int) -> None:
    assert Audio(file="a.mp3", duration=duration).seconds == seconds
