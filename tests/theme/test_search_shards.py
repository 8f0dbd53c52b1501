"""An index in shards, in a real browser: it finds what Pagefind's own index of everything finds."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from generator.adapters import pagefind
from generator.adapters.search import Search
from generator.core.cache import NoCache
from generator.core.jobs import run_here
from generator.render import search_shards
from generator.render.search_index import Entry
from tests.support.sample import serve
from tests.support.sites import write

pytestmark = pytest.mark.xdist_group("theme")

SEED = 20261201
WORDS = {
    "en": """harbour keeper lantern running runs runner tide tides tidal storm stormy weather café
    naïve résumé resume boat boats boating publish published publishing anchor Anchorage ankle zebra
    x1 x12 C++ git-absorb self-taught 1984 the of and university universe whether""",
    "de": """Hafen Häfen Leuchtturm Straße Strasse über Übung läuft laufen Laufsteg Schiff
    Schiffe""",
    "ar": "ميناء الميناء سفينة سفن بحر البحار كتاب كتب مكتبة كاتب منارة عاصفة",
    "zh": "北京 北京市 港口 灯塔 大海 船只 风暴 潮汐",
    "ja": "東京 東京都 港 灯台 海 船 嵐 タワー",
    "th": "กรุงเทพ ท่าเรือ ทะเล เรือ ประภาคาร พายุ",
}
FIND = """async ([folder, queries]) => {
  const engine = await import(folder + "pagefind.js");
  await engine.options({ baseUrl: "/" });
  const found = {};
  for (const query of queries) {
    const { results } = await engine.search(query);
    const entries = [];
    for (const result of results) {
      const { url, meta, excerpt, sub_results: parts } = await result.data();
      entries.push([url, { score: result.score, words: result.words, meta, excerpt,
                           parts: parts.map((part) => part.url) }]);
    }
    found[query] = Object.fromEntries(entries);
  }
  await engine.destroy();
  return found;
}"""


def entries() -> list[Entry]:
    chance = random.Random(SEED)
    found = []
    for language, all_words in WORDS.items():
        words, count = all_words.split(), 40 if language == "en" else 9
        space = "" if language in ("zh", "ja", "th") else " "
        for number in range(count):
            text = [space.join(chance.choices(words, k=chance.randint(4, 40))) for _ in range(3)]
            own = '<p data-pagefind-meta="place">Anchorage</p>' if number % 7 == 3 else ""
            image = (
                f'<img src="/{number}.png" alt="{chance.choice(words)}">' if number % 5 == 2 else ""
            )
            found.append(
                Entry(
                    url=f"/{language}/{number}/",
                    title=" ".join(chance.choices(words, k=2)),
                    language=language,
                    date=f"2024-01-{number % 28 + 1:02}" if number % 3 else "",
                    tags=tuple(chance.sample(words, number % 3)),
                    html=f'<p>{text[0]}{image}<h2 id="more">{text[1]}</h2><p>{text[2]}</p>{own}',
                )
            )
    return sorted(found, key=lambda entry: entry.url)


def write_at_once(found: list[Entry], pages: Path, folder: Path) -> None:
    """Write Pagefind's own index of all documents, as its users make it."""
    write(pages, {f"{entry.url.strip('/')}/index.html": entry.page() for entry in found})
    program = import_module(pagefind.EXTENDED).get_executable()
    command = [program, "--silent", "--site", pages, "--output-path", folder]
    subprocess.run(command, check=True, timeout=60)


def in_shards(found: list[Entry]) -> tuple[dict[str, bytes], int]:
    search = Search(found, NoCache(), run_here)
    shards = search.whole()
    files = {each.path.removeprefix("pagefind/"): each.read() for each in search.artifacts(shards)}
    return files, len(shards)


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the same index twice: at /once/ as Pagefind makes it, at /shards/ as we do."""
    root = tmp_path_factory.mktemp("indexes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_shards, "ONE_SHARD", 3)
        files, count = in_shards(entries())
    assert count > 20
    write(root / "shards", dict(files))
    write_at_once(entries(), tmp_path_factory.mktemp("pages"), root / "once")
    for language in WORDS:
        head = '<title>Find</title><link rel="icon" href="data:,">'
        page = f'<!doctype html><html lang="{language}">{head}'
        write(root, {f"{language}.html": page})
    with serve(root) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert not complaints


def found_by(page: Page, folder: str, queries: list[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = page.evaluate(FIND, [f"/{folder}/", queries])
    return found


def comparable(found: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Scores are sums in the order of a hash table, so their last digits differ."""
    return {
        query: {url: one | {"score": round(one["score"], 3)} for url, one in results.items()}
        for query, results in found.items()
    }


@pytest.mark.parametrize("language", WORDS)
def test_shards_find_what_one_index_finds_with_the_same_scores(
    indexes: str, page: Page, language: str
) -> None:
    chance = random.Random(SEED)
    words = WORDS[language].split()
    queries = [
        *words,
        *(" ".join(chance.sample(words, 2)) for _ in range(10)),
        *(f'"{" ".join(chance.sample(words, 2))}"' for _ in range(5)),
        f"{words[0]} zyzzyva",
        f"{words[0]}qq",
        words[0][:3],
        "anchorage",
    ]
    page.goto(f"{indexes}/{language}.html")
    once = found_by(page, "once", queries)
    assert sum(map(bool, once.values())) > len(words) // 2
    assert comparable(found_by(page, "shards", queries)) == comparable(once)
