"""podcast: in site.yaml."""

from __future__ import annotations

import re
from typing import Literal

from generator.config.base import Group, refuse, too_small
from generator.core.problems import did_you_mean

_CATEGORIES = """
Arts: Books, Design, Fashion & Beauty, Food, Performing Arts, Visual Arts
Business: Careers, Entrepreneurship, Investing, Management, Marketing, Non-Profit
Comedy: Comedy Interviews, Improv, Stand-Up
Education: Courses, How To, Language Learning, Self-Improvement
Fiction: Comedy Fiction, Drama, Science Fiction
Government:
Health & Fitness: Alternative Health, Fitness, Medicine, Mental Health, Nutrition, Sexuality
History:
Kids & Family: Education for Kids, Parenting, Pets & Animals, Stories for Kids
Leisure: Animation & Manga, Automotive, Aviation, Crafts, Games, Hobbies, Home & Garden, Video Games
Music: Music Commentary, Music History, Music Interviews
News: Business News, Daily News, Entertainment News, News Commentary, Politics, Sports News, Tech News
Religion & Spirituality: Buddhism, Christianity, Hinduism, Islam, Judaism, Religion, Spirituality
Science: Astronomy, Chemistry, Earth Sciences, Life Sciences, Mathematics, Natural Sciences, Nature, Physics, Social Sciences
Society & Culture: Documentary, Personal Journals, Philosophy, Places & Travel, Relationships
Sports: Baseball, Basketball, Cricket, Fantasy Sports, Football, Golf, Hockey, Rugby, Running, Soccer, Swimming, Tennis, Volleyball, Wilderness, Wrestling
Technology:
True Crime:
TV & Film: After Shows, Film History, Film Interviews, Film Reviews, TV Reviews
"""  # noqa: E501
"""Those of Apple Podcasts (podcasters.apple.com, "Apple Podcasts categories"), which other
directories know as well; what is none of them is left out there without a word."""

_MAIN_OF = {
    name: main
    for line in _CATEGORIES.strip().splitlines()
    for main, _, below in [line.partition(":")]
    for name in (main, *filter(None, map(str.strip, below.split(","))))
}
"""Each category and what it is below; the main ones are below themselves."""


class Podcast(Group, frozen=True):
    """What directories get to know of the site's podcast. `image` is its cover, `category` one of
    Apple's, main or below one. `media` is the address below which recordings lie that are no files
    of the site. `items` is how many episodes the feed has."""

    category: str
    image: str
    title: str = ""
    description: str = ""
    author: str = ""
    email: str = ""
    explicit: bool = False
    type: Literal["episodic", "serial"] = "episodic"
    media: str = ""
    items: int = 100

    def __post_init__(self) -> None:
        wrong = too_small(self, items=1)
        if self.category and self.category not in _MAIN_OF:
            hint = did_you_mean(self.category, _MAIN_OF) or f"write one of {_mains()}"
            wrong.append(f"category: `{self.category}` is none that directories know: {hint}")
        if self.media and not re.fullmatch(r"https?://[^\s/?#]+(?:/[^\s?#]*)?", self.media):
            wrong.append("media: a whole address, such as https://media.example.org/show/")
        refuse(wrong)

    @property
    def categories(self) -> tuple[str, ...]:
        """The main category, and the one below it where that is given."""
        main = _MAIN_OF.get(self.category, self.category)
        return (main,) if main == self.category else (main, self.category)


def _mains() -> str:
    return ", ".join(name for name, main in _MAIN_OF.items() if name == main)
