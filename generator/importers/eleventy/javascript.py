"""JavaScript that says plain values -> these values. Nothing of it is run.

Settings and data of Eleventy sites are JavaScript; most of what an import needs stands in them as
literals. The grammar is tree-sitter's.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

_MOST_DEPTH, _MOST_STEPS = 40, 200_000
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_FUNCTIONS = ("arrow_function", "function_expression", "function_declaration", "function")


class _Unknown:
    """Stands for what only running the script would show."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


class Call(NamedTuple):
    """A call of a method, such as `config.addPassthroughCopy("img")`, and its line; `on` is what
    stands before the method's name."""

    on: str
    name: str
    arguments: list[Any]
    line: int
    source: str


@functools.cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))


class Script:
    """A file of JavaScript; one that is not well formed is read as far as it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._root = _parser().parse(text.encode(errors="replace")).root_node
        self._known = dict(self._constants())
        self._depth = self._steps = 0

    def exported(self) -> Any:
        """Return what the file exports by default, UNKNOWN where that is no plain value. Members
        of an object that are none are left out; of a function, it is what it returns."""
        for node in self._root.named_children:
            value = None
            if node.type == "export_statement":
                value = node.child_by_field_name("value")
                declared = node.child_by_field_name("declaration")
                is_default = any(one.type == "default" for one in node.children)
                value = value or (declared if is_default else None)
            elif node.type == "expression_statement" and node.named_children:
                value = _assigned(node.named_children[0])
            if value is not None:
                return self._returned(value)
        return UNKNOWN

    def named_exports(self) -> dict[str, Any]:
        """Return the constants that the file exports by their names."""
        found = {}
        for node in self._root.named_children:
            declared = node.child_by_field_name("declaration")
            if node.type == "export_statement" and declared is not None:
                for name, value in _declared(declared):
                    found[name] = self.literal(value)
        return found

    def source_of(self, name: str) -> str:
        """Return the source of what is declared, or is a method, under a name; empty for none."""
        if (known := self._known.get(name)) is not None:
            return _text(known)
        for node in self._walk():
            if node.type in ("method_definition", "pair", "function_declaration"):
                named = node.child_by_field_name("name") or node.child_by_field_name("key")
                if named is not None and self._key(named) == name:
                    return _text(node)
        return ""

    def texts(self, *methods: str) -> dict[str, tuple[list[str], list[str]]]:
        """Return the functions that are given to these methods and that only put their arguments
        into a text: by the name that they are given under, their parameters, and the text cut at
        the arguments: pieces at even places, the names of parameters between them."""
        found = {}
        for node in self._walk():
            called = node.child_by_field_name("function")
            if node.type != "call_expression" or called is None:
                continue
            name = called.child_by_field_name("property")
            given = node.child_by_field_name("arguments")
            arguments = given.named_children if given else []
            if name is None or _text(name) not in methods or len(arguments) != 2:
                continue
            key, function = self.literal(arguments[0]), arguments[1]
            if function.type == "identifier":
                function = self._known.get(_text(function), function)
            pieces = _pieces(function)
            if isinstance(key, str) and pieces is not None:
                found[key] = pieces
        return found

    def constants(self) -> dict[str, Any]:
        """Return the values of what is declared on the file's own level, by their names."""
        return {name: self.literal(node) for name, node in self._known.items()}

    def first_object(self) -> Any:
        """Return the first object in the file, as front matter in JavaScript is one."""
        for node in self._walk():
            if node.type == "object":
                return self.literal(node)
        return UNKNOWN

    def calls(self) -> Iterator[Call]:
        """Yield every call of a method or function, in the order of the file."""
        found = []
        for node in self._walk():
            called = (
                node.child_by_field_name("function") if node.type == "call_expression" else None
            )
            if called is None:
                continue
            last = called.child_by_field_name("property") or called
            given = node.child_by_field_name("arguments")
            arguments = given.named_children if given else []
            values = [self.literal(one) for one in arguments if one.type != "comment"]
            source = " ".join(_text(one) for one in arguments if one.type != "comment")
            line = last.start_point[0] + 1
            owner = called.child_by_field_name("object")
            on = _text(owner) if owner is not None else ""
            found.append((last.start_byte, Call(on, _text(last), values, line, source)))
        yield from (call for _, call in sorted(found, key=lambda each: each[0]))

    def members(self, *names: str) -> dict[str, Any]:
        """Return the plain values of members of objects anywhere in the file; the first counts."""
        found: dict[str, Any] = {}
        for node in self._walk():
            key = node.child_by_field_name("key") if node.type == "pair" else None
            name = self._key(key) if key is not None else ""
            value = node.child_by_field_name("value")
            if name in names and name not in found and value is not None:
                found[name] = self.literal(value)
        return {key: value for key, value in found.items() if value is not UNKNOWN}

    def imports(self) -> list[str]:
        """Return what the file imports or requires, as it names it."""
        found = []
        for node in self._walk():
            if node.type == "import_statement":
                source = node.child_by_field_name("source")
                value = self.literal(source) if source else UNKNOWN
            elif node.type == "call_expression" and _called(node) in ("require", "import"):
                given = node.child_by_field_name("arguments")
                value = (
                    self.literal(given.named_children[0]) if given and given.named_children else ""
                )
            else:
                continue
            if isinstance(value, str):
                found.append(value)
        return list(dict.fromkeys(found))

    def literal(self, node: Node) -> Any:
        """Return the plain value that an expression is, or UNKNOWN."""
        self._depth += 1
        self._steps += 1
        within = self._depth <= _MOST_DEPTH and self._steps <= _MOST_STEPS
        try:
            return self._literal(node) if within else UNKNOWN
        finally:
            self._depth -= 1

    def _literal(self, node: Node) -> Any:
        kind = node.type
        if kind == "string":
            return _string(node)
        if kind == "template_string":
            plain = all(one.type != "template_substitution" for one in node.named_children)
            return _string(node) if plain else UNKNOWN
        if kind == "number":
            return _number(_text(node))
        if kind in ("true", "false", "null", "undefined"):
            return {"true": True, "false": False}.get(kind)
        if kind == "object":
            return self._object(node)
        if kind == "array":
            parts = [self.literal(one) for one in node.named_children if one.type != "comment"]
            return [one for one in parts if one is not UNKNOWN]
        if kind == "identifier":
            known = self._known.get(_text(node))
            return self.literal(known) if known is not None else UNKNOWN
        if kind == "parenthesized_expression" and node.named_children:
            return self.literal(node.named_children[-1])
        if kind == "unary_expression" and _text(node).startswith("-"):
            value = self.literal(node.named_children[-1])
            return -value if isinstance(value, int | float) else UNKNOWN
        if kind == "binary_expression":
            return self._sum(node)
        return UNKNOWN

    def _sum(self, node: Node) -> Any:
        """Return what two texts come to; of `process.env.X || "y"` it is the second."""
        sign = node.child_by_field_name("operator")
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if sign is None or left is None or right is None:
            return UNKNOWN
        one, other = self.literal(left), self.literal(right)
        if _text(sign) in ("||", "??") and (one is UNKNOWN or not one):
            return other
        if _text(sign) == "+" and isinstance(one, str) and isinstance(other, str):
            return one + other
        return UNKNOWN

    def _object(self, node: Node) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in node.named_children:
            if one.type == "pair":
                key, value = one.child_by_field_name("key"), one.child_by_field_name("value")
                if key is not None and value is not None:
                    plain_key = key.type != "computed_property_name"
                    found[self._key(key)] = self.literal(value) if plain_key else UNKNOWN
            elif one.type == "shorthand_property_identifier":
                known = self._known.get(_text(one))
                found[_text(one)] = self.literal(known) if known is not None else UNKNOWN
            elif one.type == "spread_element" and one.named_children:
                spread = self.literal(one.named_children[0])
                found |= spread if isinstance(spread, dict) else {}
            elif one.type == "method_definition":
                name = one.child_by_field_name("name")
                found[_text(name) if name else ""] = UNKNOWN
        return found

    def _key(self, node: Node) -> str:
        if node.type == "string":
            return _string(node)
        return _text(node)

    def _returned(self, node: Node) -> Any:
        """Return the value of an expression, or what a function that it is returns at its end."""
        if node.type not in _FUNCTIONS:
            if node.type == "identifier" and (known := self._known.get(_text(node))) is not None:
                return self._returned(known) if known.type in _FUNCTIONS else self.literal(node)
            return self.literal(node)
        body = node.child_by_field_name("body")
        if body is None:
            return UNKNOWN
        if body.type != "statement_block":
            return self.literal(body)
        for one in body.named_children:
            if one.type in ("lexical_declaration", "variable_declaration"):
                self._known |= dict(_declared(one))
        last = [one for one in body.named_children if one.type == "return_statement"][-1:]
        return (
            self.literal(last[0].named_children[0]) if last and last[0].named_children else UNKNOWN
        )

    def _constants(self) -> Iterator[tuple[str, Node]]:
        for node in self._root.named_children:
            declared = node.child_by_field_name("declaration")
            if node.type == "export_statement" and declared is not None:
                node = declared
            if node.type in ("lexical_declaration", "variable_declaration"):
                yield from _declared(node)
            elif node.type == "function_declaration":
                name = node.child_by_field_name("name")
                if name is not None:
                    yield _text(name), node

    def _walk(self) -> Iterator[Node]:
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.named_children))


def _pieces(function: Node) -> tuple[list[str], list[str]] | None:
    """Return the parameters of a function, and the text that it puts them into; None where it does
    anything else."""
    if function.type not in _FUNCTIONS or _text(function).startswith("async"):
        return None
    given = function.child_by_field_name("parameters")
    single = function.child_by_field_name("parameter")
    named = given.named_children if given else [single] if single else []
    if any(one.type != "identifier" for one in named):
        return None
    names = [_text(one) for one in named]
    body = function.child_by_field_name("body")
    if body is not None and body.type == "statement_block":
        inside = [one for one in body.named_children if one.type != "comment"]
        is_return = len(inside) == 1 and inside[0].type == "return_statement"
        body = inside[0].named_children[0] if is_return and inside[0].named_children else None
    if body is None or body.type not in ("template_string", "string"):
        return None
    pieces = [""]
    for one in body.named_children:
        if one.type != "template_substitution":
            text = _text(one)
            pieces[-1] += _escaped(text[1:]) if one.type == "escape_sequence" else text
            continue
        value = one.named_children[0] if one.named_children else None
        if value is None or value.type != "identifier" or _text(value) not in names:
            return None
        pieces += [_text(value), ""]
    return names, pieces


def _declared(node: Node) -> Iterator[tuple[str, Node]]:
    for one in node.named_children:
        name, value = one.child_by_field_name("name"), one.child_by_field_name("value")
        if name is not None and value is not None and name.type == "identifier":
            yield _text(name), value


def _assigned(node: Node) -> Node | None:
    """Return what is assigned to `module.exports`."""
    left = node.child_by_field_name("left") if node.type == "assignment_expression" else None
    if left is None or _text(left) not in ("module.exports", "exports.default"):
        return None
    return node.child_by_field_name("right")


def _called(node: Node) -> str:
    called = node.child_by_field_name("function")
    return _text(called) if called is not None else ""


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")


def _string(node: Node) -> str:
    out = []
    for one in node.named_children:
        text = _text(one)
        out.append(_escaped(text[1:]) if one.type == "escape_sequence" else text)
    return "".join(out)


def _escaped(text: str) -> str:
    """Return the sign that an escape sequence stands for."""
    if text[:1] in "xu":
        digits = text[1:].strip("{}")
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            return ""
    return "" if text[:1] in "\r\n" else _ESCAPES.get(text[:1], text)


def _number(text: str) -> Any:
    try:
        return int(text.replace("_", ""), 0)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return UNKNOWN


def plain(value: Any) -> Any:
    """Return a value without the parts of it that are UNKNOWN."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if one is not UNKNOWN}
    if isinstance(value, list):
        return [plain(one) for one in value if one is not UNKNOWN]
    return value


def has_unknown(value: Any) -> bool:
    """Return whether a part of a value is UNKNOWN."""
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    return value is UNKNOWN or (isinstance(value, list) and any(map(has_unknown, value)))
