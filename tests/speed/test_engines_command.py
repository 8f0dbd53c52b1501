"""`publish.py engines` names the texts that would come out differently."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from generator.cli.commands import cli
from tests.helpers.sites import post, write, write_site


def run(root: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(
        cli, ["engines", "--site", str(root), *options], standalone_mode=False
    )
    return int(result.return_value or 0), result.output


def test_only_what_differs_is_named(tmp_path: Path) -> None:
    root = write_site(
        tmp_path,
        {
            "content/posts/same.md": post("date: 2024-05-01", "A *word*.\n\n- one\n- two"),
            "content/posts/list.md": post("date: 2024-05-02", "Before the list\n- one\n- two"),
            "content/pages/call.md": post("description: C.", '{{ figure(src="a.jpg") }}'),
        },
    )
    code, out = run(root, "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found) == ["content/posts/list.md"]
    assert "<ul>" in found["content/posts/list.md"]["commonmark"]
    assert "<ul>" not in found["content/posts/list.md"]["python_markdown"]
    _, told = run(root)
    assert "content/posts/list.md: after" in told
    assert "1 of 7 come out differently, 6 the same." in told


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    root = write_site(tmp_path, {"content/posts/a.md": post("date: never", "Text.")})
    write(root, {"content/posts/b.md": post("date: 2024-05-01", "Text.")})
    code, out = run(root)
    assert code == 1
    assert "content/posts/a.md:3: bad-date" in out
