"""The same inputs give the same bytes, wherever and in whatever order they are read."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support.sites import command, post, tree, write, write_site

POSTS = {
    f"content/posts/2024-03-{day:02}-p{day}.md": post(
        f"tags: [t{day % 3}, t{day % 2}, sea]\ncategories: [c{day % 2}]\nseries: S{day % 2}\n"
        f"author: [ana, rui]\ndescription: Post {day}.\nmood: {{b: 1, a: 2}}\n",
        f"Text {day} with `code`.\n\n```py\nx = {{'a': 1}}\n```\n\n[^1]: Note.\n\nSaid.[^1]",
        title=f"Post {day}",
    )
    for day in range(1, 9)
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    root = write_site(tmp_path_factory.mktemp("a"), POSTS)
    return built(root, PYTHONHASHSEED="0", TZ="UTC")


def built(root: Path, **env: str) -> dict[str, bytes]:
    done = command(root, "build", "--no-cache", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return tree(root / "_site")


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONHASHSEED": "1", "TZ": "UTC"},
        {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Kiritimati"},
        {"PYTHONHASHSEED": "7", "TZ": "America/St_Johns", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "8", "PYTHONUTF8": "0", "LANG": "POSIX"},
    ],
)
def test_hash_seed_time_zone_and_locale_change_nothing(
    env: dict[str, str], expected: dict[str, bytes], tmp_path: Path
) -> None:
    assert built(write_site(tmp_path / "site", POSTS), **env) == expected


def test_the_order_of_directory_entries_changes_nothing(
    expected: dict[str, bytes], tmp_path: Path
) -> None:
    """Files are made in another order, and the folder tells them in yet another."""
    root = tmp_path / "site"
    shutil.copytree(write_site(tmp_path / "first", {}), root)
    write(root, dict(reversed(POSTS.items())))
    backwards = tmp_path / "sitecustomize.py"
    backwards.write_text(
        "import os\n"
        "scandir, listdir = os.scandir, os.listdir\n"
        "class Backwards:\n"
        "    def __init__(self, *a):\n"
        "        self.left = sorted(scandir(*a), key=lambda entry: entry.name)\n"
        "    def __iter__(self): return self\n"
        "    def __next__(self):\n"
        "        if not self.left: raise StopIteration\n"
        "        return self.left.pop()\n"
        "    def __enter__(self): return self\n"
        "    def __exit__(self, *_): pass\n"
        "    def close(self): pass\n"
        "os.scandir = Backwards\n"
        "os.listdir = lambda *a: sorted(listdir(*a), reverse=True)\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    assert built(root, PYTHONPATH=path) == expected


def test_where_the_folder_lies_and_when_it_is_built_change_nothing(
    expected: dict[str, bytes], tmp_path: Path
) -> None:
    root = write_site(tmp_path / "deeper" / "place", POSTS)
    assert built(root, SOURCE_DATE_EPOCH="1800000000") == expected


def test_many_processes_give_what_one_gives(tmp_path: Path) -> None:
    from generator.adapters.workers import Workers
    from generator.config.content import MarkdownSettings
    from generator.core.jobs import run_here
    from generator.i18n.in_texts import ENGLISH
    from generator.render.body_jobs import BodyJob, BodyShared, ShortcodePage, body_step
    from tests.support.helpers import helpers

    page = ShortcodePage(url="/", title="T", kind="post")
    jobs = [BodyJob(text=f"## Part {n}\n\nText *{n}*.", page=page) for n in range(400)]
    shared = BodyShared(
        settings=MarkdownSettings(),
        words=ENGLISH,
        templates={},
        compiled={},
        helpers=helpers(posts=None),
        timezone="UTC",
    )
    with Workers(2) as run:
        made = list(run(body_step, shared, jobs))
        assert len(made) == len(jobs)
        assert made == list(run_here(body_step, shared, jobs))
