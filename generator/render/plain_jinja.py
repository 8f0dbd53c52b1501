"""Jinja as it is, for a version that generator.render.jinja_compiler was not tested with."""

from __future__ import annotations

from types import CodeType
from typing import Any

import jinja2
from jinja2 import meta, nodes


class Environment(jinja2.Environment):
    """An environment that keeps no template, so that none hands a page what another left in it,
    such as a counter in a module that both import from."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named, cache_size=0)

    def let_go(self) -> None:
        """Let go of what was rendered: nothing is kept."""


def compile_tree(
    tree: nodes.Template, environment: jinja2.Environment, name: str, filename: str
) -> tuple[CodeType, frozenset[str]]:
    """Return a template's code, and the names that it takes from outside."""
    outside = frozenset(meta.find_undeclared_variables(tree))
    code: CodeType = environment.compile(tree, name, filename)
    return code, outside
