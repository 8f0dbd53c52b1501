"""A Hugo site's settings, as Hugo puts them together for production.

Rules: gohugo.io, "Configure Hugo", "Module mounts", "Cascade"; tried with Hugo 0.168.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.i18n.locales import LANGUAGE
from generator.importers.frontmatter import (
    FrontMatterError,
    decode,
    json_values,
    toml_values,
    yaml_values,
)
from generator.importers.hugo import urls as hugo_urls
from generator.importers.model import OldFile, OldSite, Target, Values
from generator.importers.reporter import Reporter
from generator.importers.urls.globs import glob

_CONFIG = re.compile(r"(?:hugo|config)\.(?:toml|ya?ml|json)")
_SETTINGS = re.compile(r"config/(?:_default|production)/[^/]+\.(?:toml|ya?ml|json)")
_COMPONENTS = ("content", "static", "assets", "data")
_TEXT = re.compile(r"(.*)(\.(?:md|markdown|mdown|html|htm))")
_TARGET = ("target", "_target")
_OF_LANGUAGE = ("disabled", "weight", "contentdir", "label", "languagename", "direction")


class Mount(NamedTuple):
    """A folder of the site that Hugo reads as if it were `target`, for one language or for all."""

    source: str
    target: str
    language: str


class HugoSettings:
    """What the settings say, in lower case, and what follows from it.

    `files` are the site's files where Hugo sees them, and `real` says where such a file lies.
    `languages` are those besides `language`, the default one, with what their settings say.
    """

    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        self.files, self.origin, self.target = files, origin, target
        self.real: dict[str, str] = {}
        self.tell = Reporter(self.real)
        self.config_file = ""
        self.config = self.read_config()
        named = group(self.config.get("languages"))
        self.language = str(
            self.config.get("defaultcontentlanguage") or (min(named) if len(named) == 1 else "en")
        ).lower()
        own = group(named.get(self.language))
        for key, value in own.items():
            if key not in _OF_LANGUAGE:
                self.config[key] = _merged(self.config.get(key), value)
        self.languages = {
            code: group(options)
            for code, options in named.items()
            if code != self.language and not self.is_disabled(code, group(options))
        }
        self.params = group(self.config.get("params"))
        self.content = "content"
        self.base, self.address = _base(str(self.config.get("baseurl") or ""))
        self.lower = self.config.get("disablepathtolower") is not True
        self.in_folder = self.config.get("defaultcontentlanguageinsubdir") is True
        self.prefix = f"/{self.language}" if self.in_folder else ""
        goldmark = group(group(self.config.get("markup")).get("goldmark"))
        parser = group(goldmark.get("parser"))
        extensions = group(goldmark.get("extensions"))
        self.id_type = str(
            parser.get("autoheadingidtype") or parser.get("autoidtype") or "github"
        ).lower()
        self.has_emoji = self.config.get("enableemoji") is True
        self.makes_term_ids = parser.get("autodefinitiontermid") is True
        self.makes_ids = parser.get("autoheadingid") is not False
        self.smart = extensions.get("typographer") is not False
        self.mount(own)

    def is_disabled(self, code: str, options: Values) -> bool:
        """Return whether a language is switched off, or cannot be one here, which is reported."""
        disabled = self.config.get("disablelanguages")
        if options.get("disabled") is True or (isinstance(disabled, list) and code in disabled):
            return True
        if not LANGUAGE.fullmatch(code):
            self.tell.left(self.config_file, 0, f"the language `{code}`: Tidepost has no such code")
        return False

    def read_config(self) -> Values:
        """Return the settings of all files there are, put together as for production."""
        merged: Values = {}
        main = [path for path in sorted(self.files) if _CONFIG.fullmatch(path)]
        for path in [*main, *sorted(filter(_SETTINGS.fullmatch, self.files))]:
            name = posixpath.basename(path)
            key, _, language = name.rpartition(".")[0].lower().partition(".")
            key = {"menu": "menus", "hugo": "", "config": ""}.get(key, key)
            values = lowered(self.values_of(path))
            if not self.config_file or (not key and "_default" not in self.config_file):
                self.config_file = path
            values = {key: values} if key else values
            if language and key != "languages":
                values = {"languages": {language: values}}
            elif language:
                values = {"languages": {language: values["languages"]}}
            merged = _merged(merged, values)
        return merged

    def values_of(self, path: str) -> Values:
        """Read a file of settings or data; an error in it is reported."""
        try:
            text = decode(self.files[path].read())
            if path.endswith(".toml"):
                return toml_values(text)
            return json_values(text) if path.endswith(".json") else yaml_values(text)
        except FrontMatterError as mistake:
            self.tell.left(path, mistake.line, f"the settings: {mistake.message}", mistake.hint)
            return {}

    # Where files lie, and where Hugo sees them

    def mounts(self, own: Values) -> list[Mount]:
        """Return the mounts of the settings, and the usual folder of each component that has
        none."""
        found = list(self.written_mounts())
        for component in _COMPONENTS:
            if any(one.target.split("/")[0] == component for one in found):
                continue
            given = self.config.get(f"{component}dir") or component
            if component == "content":
                for code, options in ((self.language, own), *self.languages.items()):
                    if folder := str(options.get("contentdir") or "").strip("/"):
                        found.append(Mount(folder, component, code))
                if any(one.language == self.language for one in found if one.target == component):
                    continue
            folders = given if isinstance(given, list) else [given]
            found += [Mount(str(one).strip("/"), component, "") for one in folders]
        return found

    def written_mounts(self) -> Iterator[Mount]:
        """Yield the mounts that the settings name and that lie in the site's folder."""
        given = group(self.config.get("module")).get("mounts")
        for one in given if isinstance(given, list) else []:
            mount = group(one)
            source, target = str(mount.get("source") or ""), str(mount.get("target") or "")
            source, target = source.strip("/").removeprefix("./"), target.strip("/")
            matrix = group(group(mount.get("sites")).get("matrix")).get("languages")
            named = matrix if isinstance(matrix, list) else [matrix]
            languages = [mount.get("lang") or "", *(one or "" for one in named)]
            if target.split("/")[0] not in _COMPONENTS:
                continue
            if not any(path.startswith(f"{source}/") or path == source for path in self.files):
                message = f"the mount of `{source}`: it is not in the site's folder"
                self.tell.left(self.config_file, 0, message, "put it there, and import again")
                continue
            yield Mount(source, target, str(next((one for one in languages if one), "")).lower())

    def mount(self, own: Values) -> None:
        """Put the files where Hugo sees them: those of another language get its name."""
        seen: dict[str, OldFile] = {}
        mounts = self.mounts(own)
        mounted = [f"{one.source}/" for one in mounts]
        # Of two folders the inner one is the other's as well, but for the default content folder.
        for one in sorted(mounts, key=lambda mount: -len(mount.source)):
            for path, file in self.files.items():
                if path != one.source and not path.startswith(f"{one.source}/"):
                    continue
                if one.target == "content" and any(
                    path.startswith(other) and len(other) > len(one.source) + 1 for other in mounted
                ):
                    continue
                virtual = posixpath.normpath(f"{one.target}/{path[len(one.source) :]}")
                if one.language not in ("", self.language) and (text := _TEXT.fullmatch(virtual)):
                    virtual = f"{text[1]}.{one.language}{text[2]}"
                if virtual not in seen:
                    seen[virtual] = file
                    self.real[virtual] = path
        for path, file in self.files.items():
            # What lies in no mount, such as other folders in content/, Hugo does not read.
            if not path.startswith((*mounted, *(f"{one}/" for one in _COMPONENTS))):
                seen.setdefault(path, file)
        self.files = seen

    def pattern(self, section: str) -> str:
        """Return the pattern of a section as Tidepost's, or nothing where it has none."""
        pattern = (
            hugo_urls.pattern_of(self.config.get("permalinks"), section) or f"/{section}/:slug/"
        )
        pattern = self.prefix + pattern.replace(":section/", f"{section}/")
        for name, own in (
            *(("year", "year"), ("month", "month"), ("day", "day"), ("slugorfilename", "slug")),
            *(("slugorcontentbasename", "slug"), ("contentbasename", "slug"), ("filename", "slug")),
            *(("slug", "slug"), ("title", "slug")),
        ):
            pattern = re.sub(rf":{name}\b", f"{{{own}}}", pattern)
        pattern = hugo_urls.with_slash(f"/{pattern.lstrip('/')}")
        return "" if ":" in pattern or "{slug}" not in pattern else pattern


class Cascades:
    """Front matter that folders and the settings give to all texts below them."""

    def __init__(self, site: Any) -> None:
        self._rules: dict[str, list[tuple[Values, Values]]] = {"": list(_rules(site))}

    def add(self, folder: str, language: str, given: Any) -> None:
        """Know what the `_index` file of a folder (`notes/open`, or empty) says."""
        self._rules[f"{language}:{folder}"] = list(_rules(given))

    def of(self, folder: str, path: str, kind: str, language: str) -> Values:
        """Return what a text is given: the nearest folder decides, and in it the first rule."""
        found: Values = {}
        folders = [""] if not folder else ["", *_above(folder)]
        chain = [self._rules[""], *(self._rules.get(f"{language}:{one}", ()) for one in folders)]
        for rules in reversed(chain):
            for target, values in rules:
                if _meant(target, path, kind, language):
                    found = {**values, **found}
        return found

    def __bool__(self) -> bool:
        return any(self._rules.values())


def _above(folder: str) -> list[str]:
    parts = folder.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _rules(given: Any) -> Iterator[tuple[Values, Values]]:
    for one in given if isinstance(given, list) else [given]:
        rule = one if isinstance(one, dict) else {}
        targets = [value for key, value in rule.items() if str(key).lower() in _TARGET]
        rule = {key: value for key, value in rule.items() if str(key).lower() not in _TARGET}
        if rule:
            yield group(lowered(targets[0])) if targets else {}, rule


def _meant(target: Values, path: str, kind: str, language: str) -> bool:
    matrix = group(group(target.get("sites")).get("matrix")).get("languages")
    for wanted, found in (
        (target.get("path"), path),
        (target.get("kind"), kind),
        (target.get("lang"), language),
        (matrix, language),
        (target.get("environment"), "production"),
    ):
        choices = wanted if isinstance(wanted, list) else [wanted]
        if wanted and not any(glob(str(one).lower()).fullmatch(found) for one in choices):
            return False
    return True


def group(value: Any) -> dict[str, Any]:
    """Return a value that is a group of settings, or an empty one."""
    return value if isinstance(value, dict) else {}


def lowered(value: Any) -> Any:
    """Return settings with their keys in lower case, as Hugo reads them."""
    if isinstance(value, dict):
        return {str(key).lower(): lowered(one) for key, one in value.items()}
    if isinstance(value, list):
        return [lowered(one) for one in value]
    return value


def number(value: Any) -> float:
    """Return a value that is a number, or 0."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _merged(one: Any, other: Any) -> Any:
    """Return two groups of settings as one; of a value that is in both, the other's."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return other
    both = {key: _merged(one[key], value) if key in one else value for key, value in other.items()}
    return {**one, **both}


def _base(url: str) -> tuple[str, str]:
    """Return the path and the origin of the site's address."""
    found = re.match(r"(https?://[^/?#\s]+)([^?#\s]*)", url)
    return (found[2].rstrip("/"), found[1]) if found else ("", "")
