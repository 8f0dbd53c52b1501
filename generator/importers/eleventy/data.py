"""Eleventy's data cascade: what global, directory and template data files say of a text.

Rules: 11ty.dev, "Data Cascade", "Template and Directory Specific Data Files"; tried with 3.1.8.
"""

from __future__ import annotations

import functools
import json
import posixpath
import re
from typing import Any

from generator.importers.eleventy.javascript import UNKNOWN, Script, has_unknown, plain
from generator.importers.eleventy.settings import EleventySettings
from generator.importers.frontmatter import (
    FrontMatterError,
    Matter,
    decode,
    json_values,
    take_apart,
    toml_values,
    yaml_values,
)
from generator.importers.model import Values

_SCRIPTS = (".js", ".cjs", ".mjs")
_ENDS = (".json", ".yaml", ".yml", ".toml", *reversed(_SCRIPTS))
"""Of two data files of a folder, the one whose ending stands later counts."""
_FRONT = re.compile(r"---[ \t]*(?P<kind>js|javascript|json|toml|yaml)[ \t]*\n")
_MOST_LAYOUTS = 10
_SILENT = ("eleventyComputed", "eleventyDataSchema")


class EleventyData(EleventySettings):
    """Reads data files and front matter."""

    @functools.cached_property
    def global_data(self) -> Values:
        """What all texts may refer to; data that cannot be read is reported when it is copied."""
        found: Values = {}
        for path in sorted(self.files):
            if not path.startswith(self.data_folder) or not self.data_folder:
                continue
            stem, end = posixpath.splitext(path.removeprefix(self.data_folder))
            if end not in _ENDS:
                continue
            value = self.data_of(path)
            if value is not UNKNOWN:
                _put(found, stem.split("/"), plain(value))
        for _, call in self.calls("addGlobalData"):
            name, *rest = [*call.arguments, UNKNOWN]
            if isinstance(name, str) and rest[0] is not UNKNOWN:
                _put(found, name.split("."), plain(rest[0]))
        return found

    def data_of(self, path: str) -> Any:
        """Return what a data file says, UNKNOWN where that is not written down."""
        try:
            text = decode(self.files[path].read())
            if path.endswith(_SCRIPTS):
                script = Script(text)
                exported = script.exported()
                return exported if exported is not UNKNOWN else script.named_exports() or UNKNOWN
            if path.endswith((".yaml", ".yml")):
                return yaml_values(text)
            return toml_values(text) if path.endswith(".toml") else _json(text)
        except FrontMatterError:
            return UNKNOWN

    @functools.cache  # noqa: B019 (lives as long as the import)
    def local_data(self, base: str) -> Values:
        """Return what the data files of a folder or a text say, whose names begin with `base`."""
        merged: Values = {}
        for suffix in ("", ".11tydata"):
            for end in _ENDS:
                path = f"{base}{suffix}{end}"
                if path not in self.files or (end in _SCRIPTS and not suffix):
                    continue
                value = self.data_of(path)
                if value is UNKNOWN or not isinstance(value, dict):
                    message = "not read: its data is worked out by a script"
                    hint = "write what it says into the front matter, as `tags: [x]`"
                    self.tell.left(path, 0, message, hint)
                    continue
                named = [
                    key for key, one in value.items() if has_unknown(one) and key not in _SILENT
                ]
                if named:
                    names = ", ".join(f"`{key}`" for key in named)
                    self.tell.left(path, 0, f"not read of it: {names}, which a script works out")
                merged = merge(merged, _with_tags(plain(value)))
        return merged

    def cascade(self, path: str, own: Values) -> Values:
        """Return all that is said of a text, its own front matter last."""
        relative = path.removeprefix(self.input)
        folders = relative.split("/")[:-1]
        local: Values = {}
        if self.input:
            local = self.local_data(f"{self.input}{posixpath.basename(self.input[:-1])}")
        for count in range(len(folders)):
            here = "/".join(folders[: count + 1])
            local = merge(local, self.local_data(f"{self.input}{here}/{folders[count]}"))
        local = merge(local, self.local_data(path_stem(path)))
        own = _with_tags(own)
        layout = own.get("layout", local.get("layout", self.global_data.get("layout")))
        return merge(merge(self.layout_data(str(layout or "")), local), own)

    @functools.cache  # noqa: B019
    def layout_data(self, name: str) -> Values:
        """Return what the front matter of a layout says, and of those that it stands in."""
        chain: list[Values] = []
        while name and len(chain) < _MOST_LAYOUTS:
            path = self.layout_file(name)
            if not path:
                break
            try:
                matter = self.taken_apart(decode(self.files[path].read()))
            except FrontMatterError:
                break
            values = matter.values if matter else {}
            name = str(values.get("layout") or "")
            chain.append({key: one for key, one in _with_tags(values).items() if key != "layout"})
        merged: Values = {}
        for values in reversed(chain):
            merged = merge(merged, values)
        return merged

    def layout_file(self, name: str) -> str:
        """Return the path of a layout, whose name may lack its ending."""
        for _, call in self.calls("addLayoutAlias"):
            if call.arguments[:1] == [name] and isinstance(call.arguments[1], str):
                name = call.arguments[1]
        folder = self.layouts or self.includes
        wanted = posixpath.normpath(folder + name)
        for end in ("", ".liquid", ".njk", ".html", ".md", ".webc", ".hbs"):
            if f"{wanted}{end}" in self.files:
                return f"{wanted}{end}"
        return ""

    def taken_apart(self, text: str) -> Matter | None:
        """Return front matter, in YAML, JSON, TOML or a literal of JavaScript, and the body.

        Raises MatterMistake.
        """
        found = _FRONT.match(text)
        if found is None:
            return take_apart(text, only_yaml=True)
        end = re.compile(r"^---[ \t]*$", re.MULTILINE).search(text, found.end())
        if end is None:
            raise FrontMatterError(1, "the front matter is not closed", "end it with a line `---`")
        raw = text[found.end() : end.start()]
        kind = found["kind"]
        try:
            if kind in ("js", "javascript"):
                values = self.script_matter(raw)
            else:
                reader = {"json": json_values, "toml": toml_values, "yaml": yaml_values}[kind]
                values = reader(raw)
        except FrontMatterError as mistake:
            raise FrontMatterError(mistake.line + 1, mistake.message, mistake.hint) from None
        return Matter(
            values=values,
            body=text[end.end() + 1 :],
            body_line=text.count("\n", 0, end.end()) + 2,
            raw=raw,
            first=2,
        )

    def script_matter(self, raw: str) -> Values:
        """Return front matter in JavaScript. Raises MatterMistake where it is worked out."""
        is_object = raw.lstrip().startswith("{")
        script = Script(f"x = {raw}" if is_object else raw)
        value = script.first_object() if is_object else script.constants()
        if not isinstance(value, dict) or (value and not plain(value)):
            raise FrontMatterError(1, "front matter that a script works out", "write it as YAML")
        return {str(key): one for key, one in plain(value).items()}


def path_stem(path: str) -> str:
    """Return the path of a template without its ending."""
    for end in (".11ty.js", ".11ty.cjs", ".11ty.mjs"):
        if path.endswith(end):
            return path.removesuffix(end)
    return posixpath.splitext(path)[0]


def merge(one: Values, other: Values) -> Values:
    """Return two groups of values as Eleventy puts them together: lists one after the other, but
    for keys that begin with `override:`."""
    merged = dict(one)
    for key, value in other.items():
        name = key.removeprefix("override:")
        merged[name] = _merged(merged.get(name) if name == key else None, value)
    return merged


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, list) and isinstance(other, list):
        return [*one, *other]
    if isinstance(other, dict):
        return merge(one if isinstance(one, dict) else {}, other)
    return other


def _with_tags(values: Values) -> Values:
    """Return values whose tags are a list."""
    tags = values.get("tags")
    if isinstance(tags, str):
        return {**values, "tags": [one for one in tags.split(",") if one]}
    return values


def _put(found: Values, steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        inner = found.get(step)
        if not isinstance(inner, dict):
            found[step] = inner = {}
        found = inner
    name = steps[-1]
    both = isinstance(found.get(name), dict) and isinstance(value, dict)
    found[name] = merge(found[name], value) if both else value


def _json(text: str) -> Any:
    """Return JSON of any kind. Raises MatterMistake."""
    if text.lstrip().startswith("{"):
        return json_values(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise FrontMatterError(1, "JSON that cannot be read") from None
