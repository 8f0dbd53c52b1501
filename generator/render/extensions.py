"""The functions of a site's `extensions.py`: loaded, checked, called.

The file comes as text, as templates do, so that what is remembered depends on what is run; each
process that needs it runs the text for itself. Nothing of this module happens in a site that has no
such file.
"""

from __future__ import annotations

import ast
import builtins
import functools
import hashlib
import inspect
import sys
import traceback
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

import msgspec

from generator.core.artifacts import Artifact
from generator.core.decode import convert_field
from generator.core.problems import Problem, SiteError, did_you_mean
from generator.core.urls import folders_of, path_fault
from generator.markdown.shortcodes import ShortcodeError
from generator.render.extension_api import MARK
from generator.render.views import ItemView, PostSummary, SiteView
from generator.site.routes import is_kept

FILE = "extensions.py"
PUBLIC = "generator.extend"
_MODULE = "tidepost_site_extensions"

_CHANGING = {
    "datetime": "now today utcnow",
    "date": "today",
    "os": "environ getenv listdir scandir urandom walk",
    "Path": "cwd home",
}
"""Calls whose result depends on when and where they are made, by what they are called on."""

_CHANGING_MODULES = {
    "ftplib",
    "glob",
    "http",
    "httpx",
    "random",
    "requests",
    "secrets",
    "smtplib",
    "socket",
    "subprocess",
    "time",
    "urllib.request",
    "uuid",
}
_CHANGING_BUILTINS = {"id", "input", "open"}


class Extensions(msgspec.Struct, frozen=True, kw_only=True):
    """What a site adds, by the functions' names."""

    filters: dict[str, Callable[..., Any]] = {}
    shortcodes: dict[str, Callable[..., Any]] = {}
    outputs: dict[str, Callable[..., Any]] = {}


NONE = Extensions()


def digest(text: str) -> bytes:
    """Return a digest of the file, for what depends on any of its functions."""
    return hashlib.sha256(text.encode()).digest()


@functools.lru_cache(maxsize=2)
def load(text: str) -> Extensions:
    """Run the file's text, and return its decorated functions. Raises SiteError.

    The last two texts are remembered, so that a process runs each one once.
    """
    if not text.strip():
        return NONE
    module = types.ModuleType(_MODULE)
    sys.modules[_MODULE] = module  # where dataclasses and typing look for it
    try:
        exec(compile(text, FILE, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    except SyntaxError as error:
        message = f"not valid Python: {error.msg}"
        raise SiteError([_problem(error.lineno or 0, "extension-error", message)]) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 (the owner's code may raise anything)
        raise SiteError([_explain_loading(error)]) from None
    found: dict[str, dict[str, Callable[..., Any]]] = {"filter": {}, "shortcode": {}, "output": {}}
    for function in vars(module).values():
        kind = getattr(function, MARK, "") if callable(function) else ""
        if kind in found:
            found[kind][function.__name__] = _guarded(function)
    return Extensions(
        filters=found["filter"], shortcodes=found["shortcode"], outputs=found["output"]
    )


def examine(text: str) -> list[Problem]:
    """Load the file, and return what is wrong with it or may make it give another result each time.

    An error among these means that it cannot be used.
    """
    try:
        load(text)
    except SiteError as error:
        return error.problems
    return sorted(set(_impure(ast.parse(text))))


def imported(text: str) -> list[tuple[str, int]]:
    """Return every module that the file imports, and the line; nothing where it is not Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return list(_imports(tree))


def check_imports(text: str, is_in_site: Callable[[str], bool]) -> list[Problem]:
    """Find imports of what would change behind the cache's back, or under the owner's feet.

    `is_in_site` says whether a module of that name lies in the site's folder.
    """
    problems = []
    for name, line in imported(text):
        top = name.partition(".")[0]
        if top == "generator" and name != PUBLIC and not name.startswith(f"{PUBLIC}."):
            message = f"`{name}` is not made for extensions, and may change with any version"
            hint = f"use what {PUBLIC} has"
            problems.append(_problem(line, "extension-import", message, hint, warning=True))
        elif top not in ("generator", *sys.stdlib_module_names) and is_in_site(top):
            message = f"`{top}` lies in the site's folder: pages would not follow when it changes"
            hint = f"write it into {FILE}, or install it as a package"
            problems.append(_problem(line, "extension-import", message, hint))
    return problems


def check_names(
    extensions: Extensions, filters: Iterable[str], shortcodes: Iterable[str]
) -> list[Problem]:
    """Find functions that take the name of a filter or a shortcode that there is already."""
    there, made = set(filters), set(shortcodes)
    problems = []
    for name, function in extensions.filters.items():
        if name in there:
            message = f"there is a filter `{name}` already"
            problems.append(_problem(_line(function), "extension-name", message, "rename it"))
    for name, function in extensions.shortcodes.items():
        if name in made:
            message = f"shortcode `{name}` is also templates/shortcodes/{name}.html"
            problems.append(
                _problem(_line(function), "extension-name", message, "keep one of them")
            )
    return problems


def call_shortcode(
    extensions: Extensions, name: str, arguments: Mapping[str, Any], page: Any, body: str | None
) -> str:
    """Return the HTML of a shortcode. Raises ShortcodeError."""
    function = extensions.shortcodes[name]
    signature = inspect.signature(function)
    known = signature.parameters
    given = dict(arguments)
    if body is not None:
        if "body" not in known:
            hint = f"write {{{{ {name}(...) }}}} on one line"
            raise ShortcodeError("bad-shortcode", "takes no text between two lines", hint)
        given["body"] = body
    for argument, wanted in _types_of(function).items():
        if argument in given and argument not in ("body", "page"):
            given[argument] = _typed(given[argument], wanted, argument)
    if "page" in known:
        given["page"] = page
    try:
        signature.bind(**given)
    except TypeError as error:
        own = [each for each in known if each not in ("body", "page")]
        unknown = next((each for each in given if each not in known), "")
        hint = did_you_mean(unknown, own) if unknown else ""
        hint = hint or f"its arguments: {', '.join(own) or 'none'}"
        if "'body'" in str(error):
            hint = f"put a line {{% {name}(...) %}} before a text, and {{% end %}} after it"
        raise ShortcodeError("bad-shortcode", str(error), hint) from None
    try:
        html = function(**given)
    except Exception as error:
        _, line = place(error.__traceback__) or ("", _line(function))
        message = f"{type(error).__name__}: {error} ({FILE}:{line})"
        raise ShortcodeError("extension-error", message) from error
    if not isinstance(html, str):
        message = f"gives {type(html).__name__}, not text ({FILE}:{_line(function)})"
        raise ShortcodeError("extension-error", message, "return HTML")
    return str(html)


def make_outputs(
    extensions: Extensions,
    site: SiteView,
    posts: Sequence[PostSummary],
    data: Mapping[str, Any],
    collections: Mapping[str, Sequence[ItemView]],
    others: Iterable[Artifact],
) -> tuple[list[Artifact], list[Problem]]:
    """Return the further files that a site makes; `others` are those whose places are taken."""
    offered = {"site": site, "posts": tuple(posts), "data": data, "collections": collections}
    taken = {artifact.path.casefold() for artifact in others}
    folders = {folder for path in taken for folder in folders_of(path)}
    artifacts: list[Artifact] = []
    problems: list[Problem] = []
    for name, function in extensions.outputs.items():
        line = _line(function)
        try:
            wanted = inspect.signature(function).parameters
            made = function(**{each: offered[each] for each in wanted if each in offered})
        except Exception as error:  # noqa: BLE001 (as above)
            _, line = place(error.__traceback__) or ("", line)
            message = f"{type(error).__name__}: {error} (output `{name}`)"
            hint = (
                "an output takes site, posts, collections and data"
                if isinstance(error, TypeError)
                else ""
            )
            problems.append(_problem(line, "extension-error", message, hint))
            continue
        if not isinstance(made, Mapping):
            message = f"output `{name}` gives {type(made).__name__}, not a dict of path to content"
            problems.append(_problem(line, "extension-error", message))
            continue
        for path, content in made.items():
            fault = _output_fault(path, content)
            spot = path.casefold() if isinstance(path, str) else ""
            code = "bad-output"
            if not fault and (
                spot in taken or spot in folders or not taken.isdisjoint(folders_of(spot))
            ):
                code, fault = "same-url", "is also a page or a folder of pages, or made already"
            if fault:
                message = f"output `{name}`: `{path}` {fault}"
                problems.append(_problem(line, code, message, "give it another path"))
                continue
            taken.add(spot)
            folders.update(folders_of(spot))
            raw = content.encode() if isinstance(content, str) else bytes(content)
            artifacts.append(Artifact(path=path, role="entry", content=raw, source=FILE))
    return sorted(artifacts, key=lambda artifact: artifact.path), problems


def place(trace: TracebackType | None) -> tuple[str, int] | None:
    """Return file and line of the innermost frame of the file, or None."""
    for frame in reversed(traceback.extract_tb(trace)):
        if frame.filename == FILE:
            return FILE, frame.lineno or 0
    return None


def _output_fault(path: Any, content: Any) -> str:
    if not isinstance(path, str):
        return "is no path: write it as text, such as calendar.ics"
    if path.startswith("/") or path.endswith("/") or not path:
        return "is no path: write it like calendar.ics, without a / at its ends"
    if fault := path_fault(f"/{path}"):
        return f"cannot be a path here: {fault}"
    if is_kept(f"/{path}"):
        return "is a path that Tidepost keeps for itself"
    if not isinstance(content, str | bytes):
        return f"has {type(content).__name__} for its content, neither text nor bytes"
    if isinstance(content, str) and not _is_unicode(content):
        return "holds half of a character"
    return ""


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that can neither end the program nor give text that no file can hold."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
        except (Exception, KeyboardInterrupt):
            raise
        except SystemExit as error:
            message = "it tried to end the program"
            raise RuntimeError(message).with_traceback(error.__traceback__) from None
        except BaseException as error:  # noqa: BLE001 (as above)
            message = f"it raised {type(error).__name__}, which nothing catches: {error}"
            raise RuntimeError(message).with_traceback(error.__traceback__) from None
        if isinstance(result, str) and not _is_unicode(result):
            raise ValueError(f"`{function.__name__}` gives half of a character")
        return result

    return call


def _is_unicode(text: str) -> bool:
    """Return whether UTF-8 can hold a text; half of a surrogate pair it cannot."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


@functools.lru_cache(maxsize=64)
def _types_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the types of a function's parameters; none where one of them cannot be worked out,
    which matters only to those who check types."""
    try:
        return typing.get_type_hints(function)
    except Exception:  # noqa: BLE001 (as above)
        return {}


def _typed(value: Any, wanted: Any, name: str) -> Any:
    try:
        converted, wrong = convert_field(value, wanted)
    except TypeError:  # a type that says nothing about plain values
        return value
    if wrong:
        raise ShortcodeError("bad-shortcode", f"`{name}`: {wrong}")
    return converted


def _explain_loading(error: BaseException) -> Problem:
    _, line = place(error.__traceback__) or ("", 0)
    hint = ""
    if isinstance(error, ModuleNotFoundError):
        hint = "install it where publish.py is run, and name it in your own requirements"
    message = f"{type(error).__name__}: {error}"
    return _problem(line, "extension-error", message, hint)


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inside = node.module in ("generator", "urllib")
            for alias in node.names:
                yield f"{node.module}.{alias.name}" if inside else node.module, node.lineno


def _impure(tree: ast.Module) -> Iterator[Problem]:
    """Find what gives another result each time, as far as reading the file can show."""
    for name, line in _imports(tree):
        if name in _CHANGING_MODULES or name.partition(".")[0] in _CHANGING_MODULES:
            yield _may_change(line, f"`{name}`")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in _CHANGING_BUILTINS and hasattr(builtins, node.func.id):
                yield _may_change(node.lineno, f"`{node.func.id}()`")
        elif isinstance(node, ast.Attribute):
            on = node.value.attr if isinstance(node.value, ast.Attribute) else ""
            on = node.value.id if isinstance(node.value, ast.Name) else on
            if node.attr in _CHANGING.get(on, "").split():
                yield _may_change(node.lineno, f"`{on}.{node.attr}`")


def _may_change(line: int, what: str) -> Problem:
    message = f"{what} may give another result each time, and pages are not made again for that"
    hint = "the same arguments must give the same result; put what changes into data/"
    return _problem(line, "extension-impure", message, hint, warning=True)


def _line(function: Callable[..., Any]) -> int:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code.co_firstlineno if code else 0


def _problem(
    line: int, code: str, message: str, hint: str = "", *, warning: bool = False
) -> Problem:
    return Problem(
        path=FILE,
        line=line,
        code=code,
        message=message,
        hint=hint,
        severity="warning" if warning else "error",
    )
