"""Jinja with leaner compiled code: the same templates, output and errors in half the time.

A page prints some two hundred values, looks up as many attributes and calls some thirty macros and
functions. Jinja does each through a function of its own that is ready for every case; here compiled
code tells the usual case apart on the spot, and leaves the others to Jinja. Who changes the code
that is made here raises `compiled.STEP`, since compiled templates are cached.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, MutableMapping
from types import BuiltinMethodType, CodeType, FunctionType, MethodType
from typing import Any

import jinja2
import markupsafe
from jinja2 import compiler, nodes, runtime
from jinja2.environment import TemplateModule
from jinja2.idtracking import VAR_LOAD_RESOLVE
from jinja2.utils import internalcode, missing
from markupsafe import Markup, escape

escape_text: Callable[[str], str] = getattr(markupsafe, "_escape_inner", escape)
"""Escapes a plain text. `markupsafe.escape` calls this and marks what it gives as safe, which what
is printed at once has no need of."""

_FUNCTIONS = frozenset({BuiltinMethodType, FunctionType, MethodType})

_LASTING = frozenset({bool, float, int, Markup, str, TemplateModule, type(None)})
"""Types of values that stay as they are; a module that others stand in is judged by itself."""


def printed(value: Any) -> str:
    """Return what a template prints for a value that is not a plain text."""
    return value if type(value) is Markup else escape(value)


class Joined:
    """Stands where Jinja's code adds to a list, to have it yield one text in place of many: each
    one passes through the generators of all templates around it."""

    append = staticmethod(str)
    extend = staticmethod("".join)


class Said(dict[str, str]):
    """What `t` gives for keys alone, which is the same on every page."""

    def __init__(self, say: Callable[[str], str]) -> None:
        super().__init__()
        self.say = say

    def __missing__(self, key: str) -> str:
        text = self[key] = self.say(key)
        return text


class Macro(runtime.Macro):
    """A macro that knows whether it can be called as the function that it was compiled into."""

    def __init__(self, environment: jinja2.Environment, function: Any, *others: Any) -> None:
        super().__init__(environment, function, *others)
        self.function = function
        self.most = -1
        if not (self.catch_kwargs or self.catch_varargs or self.caller):
            self.most = self._argument_count
            function.__defaults__ = (missing,) * self.most


class Context(runtime.Context):
    """The names that a template sees."""

    environment: Environment

    def __init__(self, environment: Environment, *others: Any, **named: Any) -> None:
        super().__init__(environment, *others, **named)
        environment.contexts.append(self)

    @internalcode
    def call(self, callee: Any, /, *arguments: Any, **named: Any) -> Any:
        """Call a macro or a function; asks only what is unusual whether it wants a context."""
        kind = type(callee)
        if kind is Macro:
            if len(arguments) <= callee.most:
                named.pop("_block_vars", None)
                named.pop("_loop_vars", None)
                if not named:
                    try:
                        text = callee.function(*arguments)
                    except StopIteration:
                        return self._stopped()
                    return str.__new__(Markup, text) if self.eval_ctx.autoescape else text
        elif kind in _FUNCTIONS and not hasattr(callee, "jinja_pass_arg"):
            named.pop("_block_vars", None)
            named.pop("_loop_vars", None)
            try:
                return callee(*arguments, **named)
            except StopIteration:
                return self._stopped()
        return super().call(callee, *arguments, **named)

    def _stopped(self) -> Any:
        """Return what Jinja's own `call` does for a function that raises StopIteration."""
        return super().call(next, iter(()))


class Generator(compiler.CodeGenerator):
    """Writes the Python code of a template. Methods have the names that Jinja looks for.

    `outside` are the names that the template takes from outside. `says`: `t` is such a name and no
    other, so that what it gives need not be looked for.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.outside: set[str] = set()
        self.says = False

    def visit_Template(self, node: nodes.Template, frame: compiler.Frame | None = None) -> None:  # noqa: N802
        """Write the whole."""
        self.says = not any(name == "t" for name in _own_names(node))
        super().visit_Template(node, frame)
        # At the end, so that this macro comes in place of the one that Jinja's code imports.
        self.writeline(
            "from generator.render.jinja_compiler import Joined, Macro, escape_text, printed"
        )
        self.writeline("said = environment.said")
        self.writeline("say = environment.filters.get('t')")

    def enter_frame(self, frame: compiler.Frame) -> None:
        """Write what looks up the names that a part of the template takes from outside."""
        super().enter_frame(frame)
        for action, name in frame.symbols.loads.values():
            if action == VAR_LOAD_RESOLVE and name not in self.environment.globals:
                self.outside.add(str(name))

    def visit_Output(self, node: nodes.Output, frame: compiler.Frame) -> None:  # noqa: N802
        """Write what prints: in one piece, where there is no list of pieces to add to."""
        if frame.buffer is not None or len(node.nodes) == 1:
            super().visit_Output(node, frame)
            return
        frame.buffer = "yield Joined"
        super().visit_Output(node, frame)
        frame.buffer = None

    def _output_child_pre(self, node: nodes.Expr, frame: compiler.Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("(escape_text(_v) if type(_v := (")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: compiler.Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write(")) is str else printed(_v))")
        else:
            super()._output_child_post(node, frame, finalize)

    @compiler.optimizeconst
    def visit_Getattr(self, node: nodes.Getattr, frame: compiler.Frame) -> None:  # noqa: N802
        """Write what looks up an attribute."""
        self.write("(_v if (_v := getattr((_o := ")
        self.visit(node.node, frame)
        self.write(f"), {node.attr!r}, missing)) is not missing")
        self.write(f" else environment.getattr(_o, {node.attr!r}))")

    def visit_Call(  # noqa: N802
        self, node: nodes.Call, frame: compiler.Frame, forward_caller: bool = False
    ) -> None:
        """Write a call: of `t` without looking for it, and with a key alone without calling it."""
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        plain = len(node.args) == 1 and node.dyn_args is node.dyn_kwargs is None
        if name != "t" or not self.says or not plain or forward_caller:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        key = node.args[0]
        if isinstance(key, nodes.Const) and type(key.value) is str and not node.kwargs:
            self.write(f"said[{key.value!r}]")
            return
        self.write("say(")
        self.visit(key, frame)
        self.signature(nodes.Call(node.node, [], node.kwargs, None, None), frame)
        self.write(")")


def compile_tree(
    tree: nodes.Template, environment: jinja2.Environment, name: str, filename: str
) -> tuple[CodeType, frozenset[str]]:
    """Return a template's code, and the names that it takes from outside, as
    `jinja2.meta.find_undeclared_variables` would by going through all of it once more."""
    stream = io.StringIO()
    generator = Generator(environment, name, filename, stream)
    generator.visit(tree)
    return compile(stream.getvalue(), filename, "exec"), frozenset(generator.outside)


def _own_names(tree: nodes.Template) -> Iterator[str]:
    """Yield the names that a template itself gives to something."""
    kinds = (nodes.Name, nodes.Macro, nodes.Import, nodes.FromImport)
    for node in tree.find_all(kinds):
        if isinstance(node, nodes.Name):
            if node.ctx != "load":
                yield node.name
        elif isinstance(node, nodes.Macro):
            yield node.name
        elif isinstance(node, nodes.Import):
            yield node.target
        elif isinstance(node, nodes.FromImport):
            yield from (name[1] if isinstance(name, tuple) else name for name in node.names)


class Template(jinja2.Template):
    """A template whose module, which others import from, keeps what it has: from page to page, but
    where a page could change that for the next one, as it does a counter or a `cycler`."""

    environment: Environment

    def make_module(self, *arguments: Any, **named: Any) -> TemplateModule:
        """Return the module."""
        contexts = self.environment.contexts
        before = len(contexts)
        module = super().make_module(*arguments, **named)
        for context in contexts[before:]:
            if not all(map(_lasts, context.vars.values())):
                self.environment.fleeting = True
        del contexts[before:]
        self.environment.modules.append(self)
        return module

    def forget_module(self) -> None:
        """Have the module made again when others import from it next."""
        self._module = None


def _lasts(value: Any) -> bool:
    """Return whether a value of a module is the same whatever pages do with it."""
    kind = type(value)
    if kind is tuple:
        return all(map(_lasts, value))
    return kind is Macro or kind in _LASTING or kind in _FUNCTIONS


class Environment(jinja2.Environment):
    """An environment for templates that stay as they are for as long as it is there; for one
    thread at a time.

    A macro knows the context that it was made in, which knows the macro: such a circle stays until
    Python looks for circles, so `let_go` opens it when a page is done.
    """

    code_generator_class = Generator
    context_class = Context
    template_class = Template

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.loaded: dict[str, jinja2.Template] = {}
        self.contexts: list[Context] = []
        self.modules: list[Template] = []
        self.fleeting = False
        self.said = Said(lambda key: self.filters["t"](key))

    @internalcode
    def get_template(
        self,
        name: str | jinja2.Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 (the name that Jinja gives it)
    ) -> jinja2.Template:
        """Return a template; one that was returned before without Jinja's ado."""
        if not isinstance(name, str) or globals is not None:
            return super().get_template(name, parent, globals)
        found = self.loaded.get(name)
        if found is None:
            found = self.loaded[name] = super().get_template(name, parent)
        return found

    def let_go(self) -> None:
        """Let go of what was rendered since the last time."""
        for context in self.contexts:
            if context.vars:
                context.vars.clear()
        self.contexts.clear()
        if self.fleeting:  # and with it goes what took something from it, which was made after it
            for template in self.modules:
                template.forget_module()
            self.fleeting = False
        self.modules.clear()
