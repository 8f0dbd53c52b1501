"""Draw which package of the generator imports which, for docs/architecture.md (`make picture`).

An arrow that follows from others is left out: where a imports b and b imports c, a may import c.
"""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
_BLOCK = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)


@functools.cache
def import_statements(file: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """Return the imports of a file, wherever they stand; expressions hold none."""
    pending: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"), str(file))]
    for node in pending:
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            pending += getattr(node, part, ())
    return tuple(node for node in pending if isinstance(node, ast.Import | ast.ImportFrom))


@functools.cache
def imports() -> dict[str, set[str]]:
    """Return for each package of generator/ the packages that its modules import."""
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / "generator").rglob("*.py")):
        parts = file.relative_to(ROOT / "generator").with_suffix("").parts
        if len(parts) == 1 and parts[0] == "__init__":
            continue
        package = parts[0]
        targets = found.setdefault(package, set())
        for node in import_statements(file):
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            names = [f"{module}{alias.name}" for alias in node.names]
            ours = [name.split(".") for name in names if name.startswith("generator.")]
            targets |= {name[1] for name in ours if not name[1].startswith("_")} - {package}
    return found


def reduced(graph: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Return the arrows of a graph without circles that do not follow from others."""

    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        pending = [start]
        while pending:
            for target in graph.get(pending.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    pending.append(target)
        return seen

    below = {package: reach(package) for package in graph}
    return sorted(
        (package, target)
        for package, targets in graph.items()
        for target in targets
        if not any(target in below[other] for other in targets if other != target)
    )


def picture() -> str:
    """Return the picture in Mermaid's notation."""
    lines = [f"    {package} --> {target}" for package, target in reduced(imports())]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_BLOCK.sub(lambda _: picture(), text, count=1), encoding="utf-8")
