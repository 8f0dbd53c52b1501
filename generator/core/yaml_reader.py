"""YAML text -> plain data with the line of every key.

Stricter than PyYAML's default where writers are hurt by it: only `true` and `false` are booleans
(YAML 1.2's core schema, section 10.3.2), so `no` and `on` stay words; dates stay text and are read
by the code that knows what they are for; a key given twice is an error; text that would grow to a
huge value through aliases is refused before it is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import yaml

MOST_NODES = 20_000
MOST_DEPTH = 50
_NO_LINE_ENDS = re.compile("[\u0085\u2028\u2029]")
"""Libyaml ends a line at these, as YAML 1.1 says; nobody's editor does, and for YAML 1.2 they are
characters like all others (section 5.4)."""
_DEEP_BLOCK = re.compile(rf"^[ \t]*(?:[-?:][ \t]+){{{MOST_DEPTH},}}", re.MULTILINE)


class YamlError(Exception):
    """YAML that cannot be read; `line` counts from 1 inside the given text."""

    def __init__(self, line: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.line, self.message, self.hint = line, message, hint


_TAGS = frozenset({"null", "bool", "int", "float", "str", "seq", "map"})


def _whole_number(loader: yaml.CSafeLoader, node: yaml.ScalarNode) -> int:
    """Return what `!!int` stands before; raises ValueError where 64 bits cannot hold it."""
    number = int(loader.construct_yaml_int(node))
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"a number that is too large: {node.value}")
    return number


class _Loader(yaml.CSafeLoader):
    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}  # type: ignore[misc]
    yaml_constructors: ClassVar[dict[Any, Any]] = {
        tag: make
        for tag, make in yaml.CSafeLoader.yaml_constructors.items()
        if tag is None or tag.rpartition(":")[2] in _TAGS
    } | {"tag:yaml.org,2002:int": _whole_number}


_RULES = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,17})", "-+0123456789"),  # what 64 bits hold; more is text
    ("float", r"[-+]?(?:0|[1-9][0-9]*)?\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", r"<<", "<"),
)
for _name, _pattern, _first in _RULES:
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}",
        re.compile(rf"^(?:{_pattern})$"),
        ["" if char == "\0" else char for char in _first],
    )


class YamlDocument:
    """A mapping read from YAML, and where each of its keys stands.

    `data` is empty where the text holds something else than a mapping (see read_value).
    """

    def __init__(self, data: dict[str, Any], node: yaml.Node | None) -> None:
        self.data = data
        self._node = node

    def line_of(self, *path: str | int) -> int:
        """Return the line (from 1) of the key or list item at `path`, or of the nearest parent."""
        node, line = self._node, 1
        for step in path:
            found = None
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if key.value == step:
                        line, found = key.start_mark.line + 1, value
            elif (
                isinstance(node, yaml.SequenceNode)
                and isinstance(step, int)
                and step < len(node.value)
            ):
                found = node.value[step]
                line = found.start_mark.line + 1
            if found is None:
                break
            node = found
        return line


def read_mapping(text: str) -> YamlDocument:
    """Read one YAML document that is a mapping (an empty text is an empty mapping).

    Raises YamlMistake with the line where reading failed.
    """
    node, data = _read(text, MOST_NODES, mapping=True)
    return YamlDocument({} if node is None else data, node)


def read_value(text: str, most_nodes: int) -> tuple[Any, YamlDocument]:
    """Read one YAML document of any kind, and what tells the lines of what is in it.

    An empty text is None. Raises YamlMistake with the line where reading failed, also where the
    text holds more than `most_nodes` values with its aliases written out.
    """
    node, data = _read(text, most_nodes, mapping=False)
    return data, YamlDocument(data if isinstance(data, dict) else {}, node)


def _read(text: str, most_nodes: int, *, mapping: bool) -> tuple[yaml.Node | None, Any]:
    """Return the document's node, None where there is none, and its value."""
    _refuse_deep_nesting(text)
    stand_ins = _stand_ins(text)
    read = text.translate(stand_ins) if stand_ins else text
    loader = _Loader(read)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, None
        if stand_ins:
            _put_back(node, {ord(stand_in): char for char, stand_in in stand_ins.items()})
        if mapping and not isinstance(node, yaml.MappingNode):
            line = node.start_mark.line
            hint = "write one setting a line, such as `title: My post`"
            if _NO_BREAK.match(_line(text, line)):
                hint = _NO_SPACE
            elif _UNSPACED_KEY.match(_line(text, line)):
                hint = f"put a space behind the colon: `{_line(text, line).replace(':', ': ', 1)}`"
            raise YamlError(line + 1, "expected `key: value` lines", hint)
        _measure(node, most_nodes)
        data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise _in_plain_words(error, text) from None
    except yaml.YAMLError as error:  # a character YAML does not allow
        position = getattr(error, "position", 0) or 0  # in bytes
        line = read.encode(errors="replace").count(b"\n", 0, position) + 1
        message = f"not valid YAML: a character that no text has ({_name_of(error)})"
        raise YamlError(line, message, "delete it; editors may show nothing in its place") from None
    except RecursionError:
        raise YamlError(1, "YAML nested too deeply") from None
    except (ValueError, KeyError) as error:  # an explicit tag that does not fit, `!!int x`
        raise YamlError(1, f"not valid YAML: {error}") from None
    finally:
        loader.dispose()
    return node, data


def _name_of(error: yaml.YAMLError) -> str:
    """Return how Unicode calls the character that libyaml refuses, such as U+0007."""
    code = getattr(error, "character", 0)
    return f"U+{code if isinstance(code, int) else ord(code):04X}"


def _stand_ins(text: str) -> dict[int, str]:
    """Return for each character that would end a line, and must not, another that is not there."""
    found = "" if text.isascii() else "".join(sorted(set(_NO_LINE_ENDS.findall(text))))
    free = (char for char in map(chr, range(0xF0000, 0xFFFFE)) if char not in text)
    return dict(zip(map(ord, found), free, strict=False))


def _put_back(root: yaml.Node, chars: Mapping[int, int]) -> None:
    """Give all texts below a node the characters that others stood in for."""
    pending, seen = [root], {id(root)}
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.ScalarNode):
            node.value = node.value.translate(chars)
            continue
        inner = node.value
        if isinstance(node, yaml.MappingNode):
            inner = [each for pair in node.value for each in pair]
        pending += [each for each in inner if id(each) not in seen]
        seen |= {id(each) for each in inner}


_UNCLOSED = {
    "while scanning a quoted scalar": ("a quotation mark is never closed", "close it"),
    "while parsing a flow sequence": (
        "a list in brackets is never closed, or lacks a comma",
        "write it as [one, two]",
    ),
    "while parsing a flow mapping": (
        "a group in braces is never closed, or lacks a comma",
        "write it as {one: 1, two: 2}",
    ),
}
_SIGN = "found character that cannot start any token"
_COLON = "mapping values are not allowed in this context"
_WRONG = {
    _COLON: (
        "a colon where none can stand",
        'put a text that has a colon in quotes, key: "a: b"; or check the spaces before the key',
    ),
    "found invalid Unicode character escape code": (
        "an invalid escape, or half of a surrogate pair, such as \\ud83d",
        "write the character itself",
    ),
    "found undefined alias": (
        "`*` refers to something that is not there",
        "put a text that begins with * in quotes",
    ),
    _SIGN: (
        "a value cannot begin with this sign",
        "put it in quotes",
    ),
}
"""What libyaml says, and what it means for the person who wrote the text."""
_NO_SPACE = "what looks like a space behind the colon is none (no-break space): type it again"
_QUOTED_PART = re.compile(r"""(?P<key>[^:#"']*): +(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*') *[^\s#].*""")
_BRACKETED_PART = re.compile(r"(?P<key>[^:#]*): +(?P<text>[\[{][^\[\]{}]*[\]}] *[^\s#,].*)")
_SIGN_FIRST = re.compile(r"(?P<key>[^:#]*): +(?P<sign>[*&!@`%>|-])(?P<text>.*)")
_ESCAPE = re.compile(r"[^:#]*: *\".*\\")
_HASH_IN_LIST = re.compile(r"[\[,] *#")
_UNSPACED_KEY = re.compile(r"[A-Za-z_][\w-]*:[^\s/:]")
_COLON_WITHIN = re.compile(r"(?P<key>[A-Za-z_][\w-]*): +(?P<text>[^\s'\"\[{].*:(?:\s.*)?)")
_NO_BREAK = re.compile("[^:#]*:\u00a0")
_CURLY = re.compile("[^:#]*: *[“”„‘’«»]")


def _in_plain_words(error: yaml.MarkedYAMLError, text: str) -> YamlError:
    """Return an error at the place where it can be mended, which for something that is never
    closed is where it begins."""
    mark = error.problem_mark or error.context_mark
    problem, hint = str(error.problem), "check quotes, colons and the spaces before the key"
    if error.context in _UNCLOSED and error.context_mark:
        mark = error.context_mark
        problem, hint = _UNCLOSED[error.context]
    elif mark and "\t" in _indentation(text, mark.line):
        problem, hint = "a tab at the start of the line", "YAML wants spaces there"
    elif problem in _WRONG:
        problem, hint = _WRONG[problem]
    line = mark.line if mark else 0
    known = str(error.problem) in _WRONG and error.problem != _SIGN
    if not known and (found := _by_its_line(error, text, line)):
        return found
    if error.problem in (_COLON, "could not find expected ':'"):
        # What word processors make of a space or a quotation mark looks right, and is not.
        before, here = _line(text, line - 1), _line(text, line)
        if _NO_BREAK.match(before):
            line, here = line - 1, before
        if _NO_BREAK.match(here):
            hint = _NO_SPACE
        elif _CURLY.match(here):
            hint = 'YAML knows only straight quotation marks: write key: "a: b"'
        elif within := _COLON_WITHIN.fullmatch(here):
            hint = f"put it in quotes: {within['key']}: {in_quotes(within['text'].strip())}"
    return YamlError(line + 1, f"not valid YAML: {problem}", hint)


def _by_its_line(error: yaml.MarkedYAMLError, text: str, line: int) -> YamlError | None:
    """Return what is wrong where the line at hand, or the one before, tells more than libyaml."""
    for number in (line, line - 1):
        written = _line(text, number).rstrip()
        if found := _QUOTED_PART.match(written):
            value = written.partition(":")[2].strip()
            if value[0] == value[-1]:
                value = value[1:-1]
            return YamlError(
                number + 1,
                "not valid YAML: text stands behind the closing quotation mark",
                f"put all of it in quotes: {found['key'].strip()}: {in_quotes(value)}",
            )
        if found := _BRACKETED_PART.match(written):
            return YamlError(
                number + 1,
                "not valid YAML: text stands behind the closing bracket",
                f"put all of it in quotes: {found['key'].strip()}: {in_quotes(found['text'])}",
            )
        if _HASH_IN_LIST.search(written) and error.context_mark:
            return YamlError(
                number + 1,
                "not valid YAML: what follows the # is a comment",
                "write the words without #: tags: [harbour, sea]",
            )
        if (_ESCAPE.match(written) and "escape" in f"{error.problem} {error.context}") or (
            _ESCAPE.match(written) and "hexdecimal" in str(error.problem)
        ):
            key, _, value = written.partition(":")
            return YamlError(
                number + 1,
                "not valid YAML: a backslash means something within double quotes",
                f"use single quotes: {key.strip()}: '{value.strip()[1:-1]}'",
            )
        if number == line and (found := _SIGN_FIRST.match(written)):
            return YamlError(
                number + 1,
                f"not valid YAML: a value cannot begin with {found['sign']}",
                f"put it in quotes: {found['key'].strip()}: "
                f"{in_quotes(found['sign'] + found['text'].rstrip())}",
            )
    before = next((each for each in text.split("\n") if each.strip()), "")
    if before[:1] in (" ", "\t") and error.problem == "did not find expected <document start>":
        return YamlError(
            line + 1,
            "not valid YAML: this line begins further left than the first one",
            "begin all keys at the same place, without spaces before them",
        )
    return None


def in_quotes(text: str) -> str:
    """Return a text as YAML has it in quotes, with those that it does not have itself."""
    if "'" not in text:
        return f"'{text}'"
    return f'"{text}"' if not re.search(r'["\\]', text) else "'" + text.replace("'", "''") + "'"


def _line(text: str, line: int) -> str:
    """Return a line, counted from 0, or nothing: YAML ends lines in more ways than `\\n`."""
    return "".join(text.split("\n")[line : line + 1]) if line >= 0 else ""


def _indentation(text: str, line: int) -> str:
    """Return the white space at the start of a line, counted from 0."""
    whole = _line(text, line)
    return whole[: len(whole) - len(whole.lstrip())]


def _refuse_deep_nesting(text: str) -> None:
    """Refuse brackets and `- - -` nested so deeply that the parser itself, which is written in C,
    would run out of stack."""
    for match in _DEEP_BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        raise YamlError(line, f"YAML nested deeper than {MOST_DEPTH} levels")
    if text.count("[") + text.count("{") <= MOST_DEPTH:
        return
    depth = 0
    for match in re.finditer(r"[\[{\]}]", text):
        depth += 1 if match[0] in "[{" else -1
        if depth > MOST_DEPTH:
            line = text.count("\n", 0, match.start()) + 1
            raise YamlError(line, f"YAML nested deeper than {MOST_DEPTH} levels")


def _measure(root: yaml.Node, most_nodes: int) -> None:
    """Raise YamlMistake for repeated keys, and for a value that aliases would make huge."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node, depth: int) -> int:
        line = node.start_mark.line + 1
        if depth > MOST_DEPTH:
            raise YamlError(line, f"YAML nested deeper than {MOST_DEPTH} levels")
        known = sizes.get(id(node))
        if known == 0:
            raise YamlError(line, "a YAML anchor that contains itself")
        if known is not None:
            return known
        if isinstance(node, yaml.ScalarNode):
            return 1
        sizes[id(node)] = 0
        total = 1
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise YamlError(key.start_mark.line + 1, "a key must be plain text")
                if key.value in seen:
                    raise YamlError(
                        key.start_mark.line + 1,
                        f"`{key.value}` is given twice",
                        "keep one of them",
                    )
                seen.add(key.value)
                if key.tag != "tag:yaml.org,2002:merge":
                    key.tag = "tag:yaml.org,2002:str"
                total += size(value, depth + 1) + 1
        else:
            total += sum(size(child, depth + 1) for child in node.value)
        if total > most_nodes:
            raise YamlError(
                line,
                f"this YAML grows to more than {most_nodes:,} values through its aliases",
                "write the values out, or make the file smaller",
            )
        sizes[id(node)] = total
        return total

    size(root, 0)


class Lost(NamedTuple):
    """What a line of YAML says that no value has: its line from 1, its key, and the whole value as
    its writer meant it."""

    line: int
    key: str
    lost: str
    meant: str


_BLOCK_TEXT = re.compile(r"(?P<indent> *)[^#]*: *[|>][-+0-9]*\s*(?:#.*)?")
_COMMENTED = re.compile(
    r"(?P<indent> *)(?:- +)?(?P<key>[\w-]+):"
    r"(?P<value>(?: +[^\s#'\"\[{|>&*!][^#]*?)?) +(?P<lost>#[^\s#!].*)"
)
_COMMENTED_ITEM = re.compile(r" *- +(?P<lost>#[^\s#!].*)")
_NAMED = re.compile(r" *(?P<key>[\w-]+): +(?P<lost>&(?P<name>[^\s,\[\]{}]+))(?P<value>.*)")


def lost_words(text: str) -> Iterator[Lost]:
    """Yield what YAML takes for a comment, or for the name of a value, and a person hardly does:
    `tags: #harbour`, `title: My #1 post`, `title: &c`."""
    if "#" not in text and "&" not in text:
        return
    block = -1
    key = ""
    for number, line in enumerate(text.split("\n"), 1):
        indent = len(line) - len(line.lstrip(" "))
        if block >= 0 and (not line.strip() or indent > block):
            continue
        block = -1
        if found := _BLOCK_TEXT.fullmatch(line):
            block = len(found["indent"])
        elif found := _COMMENTED.fullmatch(line):
            key = found["key"]
            meant = f"{found['value']} {found['lost']}".strip()
            yield Lost(number, key, found["lost"].rstrip(), meant)
        elif found := _COMMENTED_ITEM.fullmatch(line):
            yield Lost(number, key, found["lost"].rstrip(), found["lost"].rstrip())
        elif (found := _NAMED.fullmatch(line)) and f"*{found['name']}" not in text:
            yield Lost(
                number, found["key"], found["lost"], (found["lost"] + found["value"]).strip()
            )
        elif line.endswith(":"):
            key = line.strip(" -:")


class _Rules(yaml.representer.SafeRepresenter, yaml.resolver.Resolver):
    """Quotes just what _Loader would read as something else than text."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = (  # type: ignore[misc]
        _Loader.yaml_implicit_resolvers
    )

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (PyYAML's name)
        """Write a value that is there twice out twice, as a person would."""
        return True


class _Dumper(_Rules, yaml.CSafeDumper):
    """Libyaml's, which is many times as fast."""


class _SlowDumper(_Rules, yaml.SafeDumper):
    """Python's, which writes emoji as they are: libyaml escapes them."""


def _block(dumper: yaml.representer.SafeRepresenter, data: dict[str, Any]) -> yaml.Node:
    """Write a mapping as one key a line, however short it is."""
    return dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=False)


def _text(dumper: yaml.representer.SafeRepresenter, data: str) -> yaml.Node:
    """Write what PyYAML takes for the end of a line escaped: else it folds the text there."""
    style = None if data.isascii() or not _NO_LINE_ENDS.search(data) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Rules.add_representer(dict, _block)
_Rules.add_representer(str, _text)


def write_mapping(data: dict[str, Any]) -> str:
    """Return plain data as YAML that `read_mapping` reads back as the same; keys stay in order."""
    if not data:
        return ""
    text = _written(data, _Dumper)
    return _written(data, _SlowDumper) if "\\U" in text else text


def _written(data: dict[str, Any], dumper: type[_Rules]) -> str:
    text: str = yaml.dump(
        data,
        Dumper=dumper,
        allow_unicode=True,
        sort_keys=False,
        width=10_000,
        default_flow_style=None,
    )
    return text
