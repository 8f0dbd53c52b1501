"""Writes what editors and readers need to know of the settings, from the types: `make schema`.

- `schema/site.schema.json` and `schema/front-matter.schema.json` (JSON Schema, draft 7, which
  editors support best: https://json-schema.org/draft-07), from
  `generator.config.settings.SiteConfig` and the front matter's fields;
- `docs/settings.md`, every setting of site.yaml with its default;
- `docs/commands.md`, every command of publish.py with its options, as `--help` tells them;
- the table of prices in `docs/cost.md`, from `generator.publish.cost`.

A type says what a value may be. What it means stands in one place: for site.yaml in
`schema/descriptions.yaml`, for front matter in the table of docs/writing.md.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from generator.checks.codes import CODES  # noqa: E402
from generator.cli.commands import COMMANDS, cli  # noqa: E402
from generator.config.settings import SiteConfig  # noqa: E402
from generator.content.frontmatter import _FIELDS, SYNONYMS  # noqa: E402
from generator.publish import cost  # noqa: E402

DRAFT = "http://json-schema.org/draft-07/schema#"
BAR = r"\|"
"""An upright line in a table's cell."""

Schema = dict[str, Any]


class Undescribed(Exception):
    """Fields that nothing is said of; the message names them and where to say it."""


def main() -> int:
    """Write the files; return the exit code."""
    try:
        made = files()
    except Undescribed as error:
        print(error, file=sys.stderr)
        return 1
    for path, text in made.items():
        (ROOT / path).write_text(text, encoding="utf-8", newline="\n")
        print(path)
    return 0


def files() -> dict[str, str]:
    """Return path -> text of everything that is made here. Raises Undescribed."""
    site = site_schema()
    return {
        "schema/site.schema.json": _as_text(site),
        "schema/front-matter.schema.json": _as_text(front_matter_schema()),
        "docs/settings.md": settings_page(site),
        "docs/commands.md": commands_page(),
        "docs/cost.md": cost_page(),
    }


def site_schema() -> Schema:
    """Return the schema of site.yaml. Raises Undescribed."""
    (_,), components = msgspec.json.schema_components([SiteConfig], ref_template="#/$defs/{name}")
    _describe(components, besides=("Audio",))
    root = components.pop("SiteConfig")
    levels = ["error", "warning", "note", "off"]
    root["properties"]["checks"]["properties"] = {
        code: {"enum": levels, "description": about.meaning, "default": about.severity}
        for code, about in CODES.items()
    }
    return {"$schema": DRAFT, "title": "site.yaml", **root, "$defs": components}


def _describe(components: dict[str, Schema], besides: tuple[str, ...] = ()) -> None:
    """Say in each struct's schema what its fields mean. Raises Undescribed, also where descriptions
    are of no struct, but for those `besides`."""
    texts = yaml.safe_load((ROOT / "schema" / "descriptions.yaml").read_text(encoding="utf-8"))
    for name in besides or [name for name in texts if name not in components]:
        texts.pop(name)
    missing, stale = [], []
    for name, struct in components.items():
        del struct["title"], struct["description"]  # the code's words, not the writer's
        said = texts.pop(name, {})
        missing += [f"{name}.{field}" for field in struct["properties"] if field not in said]
        stale += [f"{name}.{field}" for field in said if field not in struct["properties"]]
        for field, schema in struct["properties"].items():
            struct["properties"][field] = _described(
                schema, said.get(field, ""), may_be_empty=field not in struct["required"]
            )
    if missing or stale or texts:
        raise Undescribed(
            f"schema/descriptions.yaml: missing: {missing}; there is no such: {[*stale, *texts]}"
        )


def front_matter_schema() -> Schema:
    """Return the schema of a document's front matter. Raises Undescribed."""
    page = (ROOT / "docs" / "writing.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE))
    if missing := [name for name in _FIELDS if name not in said]:
        raise Undescribed(f"docs/writing.md: its table of front matter lacks {missing}")
    kinds, components = msgspec.json.schema_components(
        list(_FIELDS.values()), ref_template="#/$defs/{name}"
    )
    _describe(components)
    properties = {
        name: _described(kind, _sentence(said[name]), may_be_empty=True)
        for name, kind in zip(_FIELDS, kinds, strict=True)
    }
    for synonym, name in SYNONYMS.items():
        properties[synonym] = {
            **properties[name],
            "description": f"The same as `{name}`, as other generators write it.",
        }
    title = msgspec.json.schema(_FIELDS["title"])
    title["anyOf"].append({"const": False})  # a post may say that it has none
    properties["title"] = _described(title, _sentence(said["title"]), may_be_empty=False)
    return {
        "$schema": DRAFT,
        "title": "Front matter of a post or a page",
        "type": "object",
        "properties": properties,
        "required": ["title"],
        "additionalProperties": True,
        "$defs": components,
    }


def settings_page(site: Schema) -> str:
    """Return docs/settings.md: every setting by its place in site.yaml."""
    lines = [
        "# Settings",
        "",
        "<!-- Written by `make schema` from generator/config/settings.py and "
        "schema/descriptions.yaml. -->",
        "",
        "Every setting of `site.yaml`; only `title` and `url` must be there. What most sites",
        "need is in [writing.md](writing.md#settings-of-the-site). `publish.folder` means",
        "a line `folder:` below `publish:`. An [editor](editors.md) knows this list, too.",
        "",
    ]
    return "\n".join([*lines, *_table(site, site, ""), *_groups(site, site, "")]).rstrip() + "\n"


def _table(site: Schema, group: Schema, before: str) -> Iterator[str]:
    """Yield the table of one group of settings."""
    yield from ("| setting | may be | default | what it is |", "|---|---|---|---|")
    for name, schema in group["properties"].items():
        inner, many = _group_of(site, schema)
        default = schema.get("default")
        kind, shown = _kind(site, schema), ""
        if inner is not None and not many:
            anchor = _heading(f"{before}{name}").replace(": ", "-").replace(" ", "-")
            kind = f"[settings](#{anchor})"
        elif default not in (None, "", (), {}):
            shown = f"`{_inline(default)}`"
        if name in group["required"]:
            shown = "must be there"
        text = re.sub(r"\bdocs/([\w-]+\.md)", r"[\1](\1)", schema["description"])
        yield f"| `{before}{name}` | {kind} | {shown} | {text.replace('|', BAR)} |"
    yield ""


def _heading(group: str) -> str:
    """Return a group's heading, of which GitHub and Tidepost make the same anchor."""
    return group.replace(".", ": ").replace("_", " ")


def _groups(site: Schema, group: Schema, before: str) -> Iterator[str]:
    """Yield a heading and a table for each group of settings inside a group."""
    for name, schema in group["properties"].items():
        inner, many = _group_of(site, schema)
        if inner is not None and not many:
            yield from (f"## {_heading(f'{before}{name}')}", "", schema["description"], "")
            yield from _table(site, inner, f"{before}{name}.")
            yield from _groups(site, inner, f"{before}{name}.")


def cost_page() -> str:
    """Return docs/cost.md with the table of prices between its marks."""
    page = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    before, mark, rest = page.partition("<!-- prices -->\n")
    _, end, after = rest.partition("<!-- /prices -->")
    return f"{before}{mark}{cost.table()}\n{end}{after}"


def commands_page() -> str:
    """Return docs/commands.md: every command with its options, and those below it."""
    lines = [
        "# Commands",
        "",
        "<!-- Written by `make schema` from the commands themselves. -->",
        "",
        "`python publish.py COMMAND`; without a command it is `publish`. The same is printed by",
        "`python publish.py COMMAND -h`. With `-q` (`--quiet`) any of them says only what was",
        "asked for and what is wrong. How they play together is in",
        "[writing.md](writing.md), [serve.md](serve.md), [publishing.md](publishing.md) and",
        "[operating.md](operating.md).",
        "",
    ]
    context = click.Context(cli, info_name="publish.py", **cli.context_settings)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        lines += _command(command, context, name, "##")
    return "\n".join(lines).rstrip() + "\n"


def _command(
    command: click.Command, above: click.Context, name: str, heading: str
) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=above)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    about = "\n\n".join(map(_paragraph, inspect.cleandoc(command.help or "").split("\n\n")))
    yield from (f"{heading} {name}", "", f"`{usage}`", "", about, "")
    options = [
        each for each in command.params if isinstance(each, click.Option) and each.name != "quiet"
    ]
    if options:
        yield from ("| option | what it does |", "|---|---|")
    for option in options:
        value = "" if option.is_flag else f" {option.make_metavar(context)}"
        names = ", ".join(f"`{each}{value}`" for each in [*option.opts, *option.secondary_opts])
        yield f"| {names.replace('|', '/')} | {_escaped(option.help or '').replace('|', '/')} |"
    if options:
        yield ""
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            inner = command.get_command(context, below)
            assert inner is not None
            yield from _command(inner, context, below, f"{heading}#")


def _paragraph(text: str) -> str:
    """Return a paragraph of `--help`; lines that click is to leave as they are become a block."""
    if text.startswith("\b\n"):
        return f"```text\n{text[2:]}\n```"
    return _escaped(text)


def _escaped(text: str) -> str:
    """Return text of `--help` as Markdown: `_site/` and `<id>` stay as they are."""
    return "".join(
        part if part.startswith("`") else re.sub(r"([*_<])", r"\\\1", part)
        for part in re.split(r"(`[^`]*`)", text)
    )


def _group_of(site: Schema, schema: Schema) -> tuple[Schema | None, bool]:
    """Return the group of settings that a value is, or None; and whether it has many of them."""
    for option in schema.get("anyOf", [schema]):
        if "$ref" in option:
            return site["$defs"][option["$ref"].rpartition("/")[2]], False
        for inside in (option.get("items"), option.get("additionalProperties")):
            for each in inside.get("anyOf", [inside]) if isinstance(inside, dict) else ():
                if "$ref" in each:
                    return site["$defs"][each["$ref"].rpartition("/")[2]], True
    return None, False


def _kind(site: Schema, schema: Schema) -> str:
    """Say in a writer's words what a value may be."""
    words = []
    for option in schema.get("anyOf", [schema]):
        inner, many = _group_of(site, option)
        if "enum" in option:
            words.append(", ".join(f"`{choice}`" for choice in option["enum"] if choice != ""))
        elif inner and many:
            names = ", ".join(f"`{name}`" for name in inner["properties"])
            each = "a list, each" if "array" in option["type"] else "names, each"
            words.append(f"{each} with {names}")
        elif "array" in option.get("type", ()):
            words.append(f"a list of {_kind(site, option['items'])}")
        elif "object" in option.get("type", ()):
            words.append("names with values")
        else:
            kinds = option.get("type", [])
            words += [_PLAIN[kind] for kind in _listed(kinds) if kind in _PLAIN]
    return " or ".join(dict.fromkeys(words))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


_PLAIN = {"string": "text", "integer": "number", "number": "number", "boolean": "`true`, `false`"}


def _described(schema: Schema, text: str, *, may_be_empty: bool) -> Schema:
    """Return a field's schema with what it means; `key:` with nothing behind it is its default.

    Draft 7 looks at nothing beside a `$ref`, so that one goes into `anyOf`.
    """
    default = {"default": schema.pop("default")} if "default" in schema else {}
    # msgspec 0.20 puts null first, 0.22 last.
    options = sorted(schema.pop("anyOf", None) or [schema], key={"type": "null"}.__eq__)
    if may_be_empty and {"type": "null"} not in options:
        options = [*map(_with_empty_groups, options), {"type": "null"}]
    body: Schema
    if len(options) == 2 and "type" in options[0] and options[1] == {"type": "null"}:
        body = {**options[0], "type": [options[0]["type"], "null"]}
    elif len(options) == 1 and "$ref" not in options[0]:
        body = dict(options[0])
    else:
        body = {"anyOf": options}
    return {"description": text, **body, **default}


def _with_empty_groups(option: Schema) -> Schema:
    """Return the schema of named groups of settings in which a name alone is a group, too."""
    inside = option.get("additionalProperties")
    if not (isinstance(inside, dict) and "$ref" in inside):
        return option
    return {**option, "additionalProperties": {"anyOf": [inside, {"type": "null"}]}}


def _sentence(text: str) -> str:
    """Return the text of a table's cell without links, beginning and ending as a sentence does."""
    text = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text.strip())
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "`")) else ".")


def _inline(value: Any) -> str:
    """Return a default as one would write it in YAML."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_inline, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
