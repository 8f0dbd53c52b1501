"""`check --external`: what other sites say of the links to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.adapters.files.site_folder import read_config
from generator.adapters.link_checker import Asker, read_book, write_book
from generator.app.workspace import OUTPUT, Workspace
from generator.checks.addresses import Addresses
from generator.checks.external_links import Place, collect, judge, places_of, to_ask
from generator.checks.page.facts import LazyFacts
from generator.checks.severity import relevel
from generator.config.settings import CONFIG_FILE
from generator.core.problems import Problem
from generator.pipeline.results import Build

_TEXTS = (".html", ".yaml", ".yml", ".json", ".csv")


class Outside:
    """Takes the outside links from a build, and asks for them."""

    def __init__(self, workspace: Workspace, *, fresh: bool) -> None:
        self.workspace, self.fresh = workspace, fresh
        self.places: dict[str, list[Place]] = {}
        self.asked = 0

    def look(self, built: Build) -> None:
        """Note every outside link of the built pages, and where it stands."""
        config = self.workspace.config
        paths = {artifact.path for artifact in built.artifacts}
        facts = LazyFacts(built.states, built.facts_of)
        addresses = Addresses(paths, built.redirects, config)
        urls = collect(facts, addresses, config.external.skip)
        source_of = {artifact.path: artifact.source for artifact in built.artifacts}
        self.places = places_of(urls, source_of, built.documents, self._other_texts(), OUTPUT)

    def ask(self) -> list[Problem]:
        """Ask for what is not known, and return what is wrong, at the levels of site.yaml."""
        workspace, config = self.workspace, self.workspace.config
        file = workspace.cache_folder / "links.json"
        book = read_book(file)
        now = workspace.now.timestamp()
        wanted = to_ask(self.places, {} if self.fresh else book.answers, config.external, now)
        self.asked = len(wanted)
        if wanted:
            asker = Asker(book, config.external, config.url, now)
            with workspace.console.progress() as progress:
                asker.ask(
                    wanted,
                    lambda done: progress("Outside links", done, len(wanted)),
                    lambda: write_book(file, book),
                )
        return relevel(judge(self.places, book.answers), config.checks)

    def summary(self) -> dict[str, Any]:
        """Return how many links there are and how many were asked for."""
        return {"links": len(self.places), "asked": self.asked}

    def _other_texts(self) -> Mapping[str, str]:
        root = self.workspace.root
        texts = {CONFIG_FILE: read_config(root).decode("utf-8", errors="replace")}
        for folder in ("data", "templates"):
            for file in sorted((root / folder).rglob("*")):
                if file.suffix in _TEXTS and file.is_file():
                    name = file.relative_to(root).as_posix()
                    texts[name] = file.read_text(encoding="utf-8", errors="replace")
        return texts
