"""Emoji that an old text names, as Hugo and the plugin jemoji show them."""

from __future__ import annotations

from generator.importers.emoji import with_emoji
from generator.importers.jekyll import site as jekyll
from tests.importers.old_sites import TARGET, left, old_site, text_of

TEXT = (
    '---\ntitle: "Off :ship: we go"\n---\n## :tada: Done\n\n'
    "<div>\n:ship: <code>:ship:</code>\n</div>\n\n"
    "A :octocat: and :nobody:.\n"
)


def imported(settings: str, gemfile: str = "") -> tuple[str, list[str]]:
    files = {
        "_config.yml": f"title: T\nurl: https://a.example\n{settings}",
        "_posts/2020-01-02-a.md": TEXT,
    }
    made = jekyll.convert(old_site(files | ({"Gemfile": gemfile} if gemfile else {})), "x", TARGET)
    return text_of(made, "content/posts/2020-01-02-a.md"), left(made)


def test_the_plugin_jemoji_shows_emoji_in_html_and_titles_too() -> None:
    # html-pipeline's EmojiFilter looks at all of a page's text but in `pre`, `code` and `tt`.
    for text, told in (
        imported("plugins: [jemoji]\n"),
        imported("lang: en\n", "gem 'jemoji', '~> 0.1'\n"),
    ):
        assert "title: Off 🚢 we go" in text
        assert "## 🎉 Done {#tada-done}" in text
        assert "🚢 <code>:ship:</code>" in text
        assert ":octocat: and :nobody:." in text
        assert told == ["10: `:octocat:`: a picture of GitHub's, which is no emoji"]


def test_without_the_plugin_names_of_emoji_are_words() -> None:
    text, told = imported("plugins: [jekyll-feed]\n", "# gem 'jemoji'\n")
    assert "title: Off :ship: we go" in text.replace("'", "")
    assert "🚢" not in text
    assert told == []


def test_a_name_is_one_word_between_colons() -> None:
    assert with_emoji("at 10:30:45 :not_one: :+1: :e-mail:") == "at 10:30:45 :not_one: 👍 📧"
