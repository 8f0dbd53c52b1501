"""Templates compiled, and what each refers to; those of a site from the cache that it has."""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, NoReturn

import jinja2
import msgspec
from jinja2 import meta, nodes

from generator.core import speedups
from generator.core.cache import Cache, Key, key_of
from generator.core.problems import Problem

if TYPE_CHECKING or speedups.tested("jinja2"):
    from generator.render.jinja_compiler import Environment, compile_tree
else:
    from generator.render.plain_jinja import Environment, compile_tree

STEP = f"templating-4 jinja2={jinja2.__version__}"
FOLDER = "templates/"
FILTERS = ("date", "isodate", "absolute", "number", "t")


class Compiled(msgspec.Struct, frozen=True, array_like=True):
    """A template made ready: its Python code (marshalled), the templates that it refers to (None:
    one that is chosen while rendering), the names that it takes from outside (a macro's own
    parameter `posts` is not the list of posts), which data, collections and assets it mentions
    (None: all, or any), and its filters (None: one that is chosen while rendering)."""

    code: bytes
    refers: tuple[str | None, ...]
    mentions: tuple[str, ...]
    data: tuple[str | None, ...]
    collections: tuple[str | None, ...]
    assets: tuple[str | None, ...]
    filters: tuple[str | None, ...]


def compiled_templates(
    texts: Mapping[str, str], cache: Cache, filters: Iterable[str] = ()
) -> tuple[dict[str, Compiled], list[Problem]]:
    """Return every template compiled, from the cache where it is known, and what is wrong with
    those that cannot be. `filters` are those that the site adds."""
    there = sorted((*FILTERS, *filters))
    keys = {
        name: key_of(STEP, sys.implementation.cache_tag or "", *there, name, text)
        for name, text in sorted(texts.items())
    }
    known = cache.get_many(keys.values())
    decode = msgspec.msgpack.Decoder(Compiled).decode
    compiled: dict[str, Compiled] = {}
    fresh: dict[Key, bytes] = {}
    problems: list[Problem] = []
    for name, key in keys.items():
        if key in known:
            compiled[name] = decode(known[key])
            continue
        try:
            compiled[name] = compile_template(name, texts[name], filters)
        except UNCOMPILABLE as error:
            problems.append(syntax_problem(name, error))
        else:
            fresh[key] = msgspec.msgpack.encode(compiled[name])
    cache.put_many(fresh)
    return compiled, problems


def known_filters() -> frozenset[str]:
    """Return the filters that every site has."""
    return frozenset(make_environment().filters)


def compile_template(name: str, text: str, filters: Iterable[str] = ()) -> Compiled:
    """Compile one template; `filters` are those that the site adds.

    Raises TemplateSyntaxError, or what Python's own compiler raises.
    """
    # Not the environment that renders: jinja2.meta leaves out what an environment has as a global,
    # and helpers are globals there.
    environment = make_environment()
    environment.filters.update(dict.fromkeys(filters, _not_there_yet))
    tree = environment.parse(text, name, FOLDER + name)
    try:
        code, outside = compile_tree(tree, environment, name, FOLDER + name)
    except jinja2.UndefinedError as error:
        # Jinja joins constants with `~` while it compiles, and does not expect one without a value.
        line = _line_of_undefined(tree, environment)
        message = error.message or "a value that is not there"
        raise jinja2.TemplateSyntaxError(message, line, name, FOLDER + name) from None
    return Compiled(
        code=marshal.dumps(code),
        refers=tuple(dict.fromkeys(meta.find_referenced_templates(tree))),
        mentions=tuple(sorted(outside)),
        data=_named("data", outside, tree),
        collections=_named("collections", outside, tree),
        assets=tuple(sorted(_assets_of(tree), key=str)) if "asset" in outside else (),
        filters=tuple(sorted(set(_filters_of(tree)), key=str)),
    )


def _line_of_undefined(tree: nodes.Template, environment: jinja2.Environment) -> int:
    """Return the line of the first constant that has no value."""
    context = nodes.EvalContext(environment)
    for node in tree.find_all(nodes.Concat):
        try:
            node.as_const(context)
        except jinja2.UndefinedError:
            return node.lineno
        except nodes.Impossible:
            continue
    return tree.lineno


def _filters_of(tree: nodes.Template) -> Iterator[str | None]:
    """Yield the filters that a template may call; `map` takes one by its name, perhaps `map` again,
    and `is filter` asks whether there is one, as `select` and the like can."""
    for node in tree.find_all(nodes.Filter):
        yield node.name
        if node.name in _CALLING:
            names = [_constant(argument) for argument in node.args[_CALLING[node.name] :]]
            yield from names if node.name == "map" else ()
            if "filter" in names or None in names[:1] or node.dyn_args or node.dyn_kwargs:
                yield None
    if any(node.name == "filter" for node in tree.find_all(nodes.Test)):
        yield None


_CALLING = {"map": 0, "select": 0, "reject": 0, "selectattr": 1, "rejectattr": 1}
"""Filters that call another filter or a test, and where among their arguments its name stands."""


def _named(name: str, outside: frozenset[str], tree: nodes.Template) -> tuple[str | None, ...]:
    return tuple(sorted(_parts_of(name, tree), key=str)) if name in outside else ()


def _parts_of(name: str, tree: nodes.Template) -> set[str | None]:
    """Return the parts of a mapping that a template names: `x` for `data.x` and `data["x"]`, None
    where it takes hold of the whole."""
    parts: set[str | None] = set()
    named: set[int] = set()
    steps: tuple[nodes.Getattr | nodes.Getitem, ...]
    steps = (*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem))
    for step in steps:
        if isinstance(step.node, nodes.Name) and step.node.name == name:
            part = step.attr if isinstance(step, nodes.Getattr) else _constant(step.arg)
            # `data.items` and the like are the mapping's own methods.
            parts.add(None if part is None or hasattr(dict, part) else part)
            named.add(id(step.node))
    whole = any(
        node.name == name and id(node) not in named and node.ctx == "load"
        for node in tree.find_all(nodes.Name)
    )
    return parts | {None} if whole else parts


def _assets_of(tree: nodes.Template) -> set[str | None]:
    """Return the files that a template asks `asset` for, None where it chooses one while rendering
    or hands on the function."""
    names: set[str | None] = set()
    called: set[int] = set()
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "asset":
            name = _constant(call.args[0]) if len(call.args) == 1 else None
            names.add(None if name is None else below_static(name))
            called.add(id(call.node))
    whole = any(
        node.name == "asset" and id(node) not in called and node.ctx == "load"
        for node in tree.find_all(nodes.Name)
    )
    return names | {None} if whole else names


def below_static(name: str) -> str:
    """Return the path below static/ that a template names."""
    return name.removeprefix("/").removeprefix("static/")


def _constant(node: nodes.Expr) -> str | None:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else None


def file_of(error: jinja2.TemplateSyntaxError, template: str) -> str:
    """Return the file that an error is in."""
    # For a comment without an end Jinja gives the file where it otherwise gives the name.
    return error.filename or error.name or FOLDER + template


def syntax_problem(name: str, error: Exception) -> Problem:
    """Return what is wrong with a template that cannot be compiled."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return Problem(
            path=file_of(error, name),
            line=error.lineno,
            code="template-syntax",
            message=error.message or "not a valid template",
        )
    message = "nested too deeply to be compiled"
    hint = "move a part of it into a macro or a template of its own"
    if isinstance(error, ValueError | OverflowError):
        message, hint = "it holds a number that is too large", "write a smaller one"
    return Problem(path=FOLDER + name, code="template-syntax", message=message, hint=hint)


UNCOMPILABLE = (
    jinja2.TemplateSyntaxError,
    RecursionError,
    SyntaxError,
    MemoryError,
    OverflowError,
    ValueError,
)
"""What `compile_template` raises; all but the first come from Python's own compiler."""


def make_environment(loader: jinja2.BaseLoader | None = None) -> Environment:
    """Return an environment whose own filters are not there yet: what they give for a constant is
    not known when a template is compiled."""
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    # Pages with chance in them would differ from build to build.
    del environment.globals["lipsum"], environment.filters["random"]
    environment.filters.update(dict.fromkeys(FILTERS, _not_there_yet))
    return environment


def _not_there_yet(*_: object) -> NoReturn:
    raise NotImplementedError


class Loader(jinja2.BaseLoader):
    """Gives Jinja templates that are compiled already."""

    def __init__(self, find: Callable[[str], Compiled]) -> None:
        self.find = find

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002, ARG002 (as Jinja has it)
    ) -> jinja2.Template:
        """Return a template that Jinja asks for by its name."""
        code = marshal.loads(self.find(name).code)  # noqa: S302 (made by compile_template)
        return environment.template_class.from_code(environment, code, environment.globals)
