"""An owner at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.sites import run_in_process

ROOT = Path(__file__).parents[2]


TEMPLATES = ("templates", "static")


class Owner:
    """A person with a small site."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "content/posts").mkdir(parents=True)
        for name in TEMPLATES:
            (folder / name).symlink_to(ROOT / name, target_is_directory=True)
        self.settings()
        self.post("hello", "Hello there.")

    def settings(self, *lines: str) -> None:
        text = "title: T\nurl: https://blog.example\n"
        text += "counter: {enabled: false}\ncontact: {enabled: false}\n"
        (self.folder / "site.yaml").write_text(text + "\n".join(lines) + "\n")

    def post(self, name: str, text: str) -> None:
        front = f"---\ntitle: The post {name}\ndescription: About {name}\ndate: 2026-01-02\n---\n"
        (self.folder / f"content/posts/{name}.md").write_text(f"{front}\n{text}\n")

    def run(self, *arguments: str, code: int = 0) -> str:
        ran = run_in_process(*arguments, cwd=self.folder)
        assert ran.returncode == code, f"{ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout + ran.stderr

    def data(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code))
