"""What a Hugo site's settings and front matter say, as Tidepost's."""

from __future__ import annotations

import posixpath
from typing import Any

from generator.importers import settings
from generator.importers.documents import config_of, words
from generator.importers.hugo import urls as hugo_urls
from generator.importers.hugo.content import FREE, KNOWN, HugoContent, Source
from generator.importers.hugo.settings import group, number
from generator.importers.model import Values
from generator.importers.old_dates import on_its_day, zone_of


class HugoFront(HugoContent):
    """The new site's settings, and the front matter of each text."""

    def suggest(self, main: list[str]) -> dict[str, Any]:
        """Return the settings for `site.yaml`."""
        config, params = self.config, self.params
        code = (
            config.get("locale")
            or config.get("languagecode")
            or config.get("defaultcontentlanguage")
        )
        pages = group(config.get("pagination")).get("pagersize") or config.get("paginate")
        found: dict[str, Any] = {
            "title": settings.text_of(config.get("title")),
            "url": self.address + self.base,
            "description": settings.text_of(params.get("description")),
            "tagline": settings.text_of(params.get("subtitle") or params.get("tagline")),
            "language": settings.text_of(code),
            "timezone": settings.text_of(config.get("timezone")) or self.zone_of_dates(),
            "author": settings.author_of(params.get("author") or config.get("author")),
            "footer": settings.text_of(config.get("copyright")),
            "page_size": pages if isinstance(pages, int) and pages > 0 else None,
            "menu": self.menu(self.config, ""),
            "languages": {
                code: self.language_settings(code, options)
                for code, options in sorted(self.languages.items())
                if self.texts_of[code]
            },
            "markdown": {"smart": True} if self.smart else None,
        }
        if len(main) == 1 and (pattern := self.pattern(main[0])):
            found["permalinks"] = {"post": pattern}
        return found

    def zone_of_dates(self) -> str:
        """Return the time zone that most dates were written in."""
        return zone_of(
            source.date for source in self.sources if source.date and ":" in source.written_date
        )

    def language_settings(self, code: str, options: Values) -> dict[str, Any]:
        """Return what `site.yaml` says of a language that is not the site's own."""
        params = group(options.get("params"))
        found = {
            "name": settings.text_of(options.get("label") or options.get("languagename")),
            "title": settings.text_of(options.get("title")),
            "tagline": settings.text_of(params.get("subtitle") or params.get("tagline")),
            "description": settings.text_of(params.get("description")),
            "footer": settings.text_of(options.get("copyright")),
            "menu": self.menu(options, code),
        }
        if options.get("baseurl"):
            message = f"the language `{code}` had an address of its own: it is at /{code}/ here"
            self.tell.changed(self.config_file, 0, message)
        return {key: value for key, value in found.items() if value}

    def menu(self, config: Values, language: str) -> list[dict[str, str]]:
        """Return the main menu of a language, from the settings and from front matter."""
        folder = f"/{language}" if language else ""
        menus = group(config.get("menus") or config.get("menu"))
        items: list[tuple[float, str, str]] = []
        given = menus.get("main")
        for one in given if isinstance(given, list) else []:
            entry = group(one)
            url = settings.text_of(entry.get("url") or entry.get("pageref"))
            items.append((number(entry.get("weight")), settings.text_of(entry.get("name")), url))
        for source in self.sources:
            if source.language != language:
                continue
            wanted = source.values.get("menu") or source.values.get("menus")
            own = group(wanted).get("main")
            if (
                wanted == "main"
                or (isinstance(wanted, list) and "main" in wanted)
                or own is not None
            ):
                entry = group(own)
                name = settings.text_of(entry.get("name")) or source.title
                if not source.draft:
                    items.append((number(entry.get("weight")), name, source.url))
        found: list[dict[str, str]] = []
        for _, name, url in sorted(items, key=lambda item: item[0] or float("inf")):
            rooted = url if "/" in url else f"/{url}"
            if folder and rooted.startswith("/") and not rooted.startswith(f"{folder}/"):
                rooted = folder + rooted
            is_home = bool(folder) and rooted.rstrip("/") == folder
            address, fault = (folder, "") if is_home else self.addresses.resolve(rooted, "/", "")
            if address.endswith(".md"):
                address = self.url_of_place(address, hugo_urls.with_slash(rooted))
            if folder and (address == folder or address.startswith(f"{folder}/")):
                address = address[len(folder) :] or "/"
            if any(one["url"] == address for one in found):
                continue
            if name and url and not fault:
                found.append({"title": name, "url": address})
            elif name:
                self.tell.left(
                    self.config_file, 0, f"the menu's `{name}`: `{url}` leads to nothing here"
                )
        return found

    def url_of_place(self, place: str, listed: str) -> str:
        """Return the old URL of the text at a place from `content/` on; a section without a text
        has only that at which it was `listed`."""
        return next(
            (one.url for one in self.sources if one.place.removeprefix("content") == place), listed
        )

    def front_matter(self, source: Source) -> Values:
        """Return a text's front matter."""
        values = source.values
        zone = config_of(self.target).zone
        line = source.matter.line_of
        own: Values = {"title": source.title}
        own["date"] = on_its_day(source.written_date, zone)
        for name, keys in (
            ("updated", ("lastmod", "modified")),
            ("expires", ("expirydate", "unpublishdate")),
        ):
            for key in keys:
                if (text := self.date_of(source, key)) and text != source.written_date:
                    own[name] = on_its_day(text, zone) if name == "updated" else text
        own["draft"] = True if source.draft else None
        if slug := settings.text_of(values.get("slug")):
            own["slug"] = slug
        own["categories"] = words(values.get("categories") or values.get("category"), split=False)
        own["tags"] = words(values.get("tags") or values.get("tag"), split=False)
        series = words(values.get("series"), split=False)
        own["series"] = series[0] if series else ""
        if len(series) > 1:
            self.tell.left(
                source.path, line("series"), f"the series {', '.join(series[1:])}: one is possible"
            )
        people = values.get("authors") or values.get("author")
        people = people if isinstance(people, list) else [people]
        own["authors"] = [
            name
            for one in people
            if (name := settings.text_of(one.get("name") if isinstance(one, dict) else one))
        ]
        own["excerpt"] = settings.text_of(values.get("summary"))
        own["aliases"] = self.aliases(source)
        self.image(source, own)
        for key in ("layout", "type", "outputs", "resources"):
            if values.get(key) not in (None, "", [], {}, "post", "posts", "page", "single", "blog"):
                self.tell.left(source.path, line(key), f"`{key}` of the front matter")
        for key, value in values.items():
            if (key.lower() not in KNOWN and key not in own) or (key in FREE and key not in own):
                own[key] = value
        return own

    def aliases(self, source: Source) -> list[str]:
        """Return the old addresses that lead to a text, as its front matter has them."""
        folder = f"/{source.language}" if source.language else ""
        return [one.removeprefix(folder) for one in self.old_addresses(source)]

    def old_addresses(self, source: Source) -> list[str]:
        """Return the addresses that led to a text: in the folder of its language, and where they
        are not written from `/` on, beside its own."""
        folder = f"/{source.language}" if source.language else self.prefix
        given = source.values.get("aliases") or source.values.get("alias")
        found = []
        for one in given if isinstance(given, list) else [given]:
            text = settings.text_of(one)
            if text and not text.startswith("/"):
                beside = posixpath.dirname(source.url.rstrip("/")).rstrip("/")
                text = posixpath.normpath(f"{beside}/{text}")
            elif text:
                text = folder + text
            if text:
                found.append(hugo_urls.with_slash(text))
        return list(dict.fromkeys(found))

    def image(self, source: Source, own: Values) -> None:
        """Find the picture that stands for a text, and what it shows."""
        values = source.values
        given: Any = values.get("image") or values.get("featured_image") or values.get("images")
        given = given or values.get("cover") or values.get("thumbnail")
        alt = ""
        if isinstance(given, list):
            given = given[0] if given else ""
        if isinstance(given, dict):
            alt = settings.text_of(given.get("alt"))
            given = given.get("image") or given.get("src") or given.get("path")
        text = settings.text_of(given)
        if not text:
            return
        address, fault = self.addresses.resolve(text, source.url, posixpath.dirname(source.path))
        if fault and not text.startswith("/"):
            address, fault = self.addresses.resolve(f"/{text}", source.url, "")
        if fault:
            line = source.matter.line_of("image", "featured_image", "images", "cover", "thumbnail")
            self.tell.left(source.path, line, f"the picture `{text}`: there is no such file")
            return
        own["image"] = address
        if alt:
            own["image_alt"] = alt
