"""Draw the architecture from the templates: `diagram.py` writes docs/architecture.svg again.

Every resource of infra/site.yaml and infra/terraform is in one of the boxes, and the arrows are
what the distribution's behaviours and the API's routes say. So the picture cannot tell what is not
there, nor leave anything out: a resource that belongs to no box is an error.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from generator.adapters.aws.lambda_package import read_template  # noqa: E402

TARGET = ROOT / "docs" / "architecture.svg"

_WIDTH, _GAP, _LINE, _HEAD, _MARGIN = 300, 130, 17, 44, 20


class Box(NamedTuple):
    """A part of the architecture. `column` counts from 0; `names` begin what belongs to it."""

    key: str
    title: str
    column: int
    names: str


BOXES = (
    Box(
        "domain",
        "Domain",
        0,
        "Certificate|AddressRecords|Www|Signing|KeySigning|ZoneSigning|Signature",
    ),
    Box(
        "edge",
        "Distribution",
        0,
        "Distribution|EdgeFunction|HeadersFunction|PageCache|SecurityHeaders|ApiHeaders|OriginAccess"
        "|Firewall|PlanFirewall|Subscription",
    ),
    Box("containers", "Container origin (Terraform)", 1, r"aws_"),
    Box("bucket", "Bucket", 1, "Bucket"),
    Box("api", "API", 1, "Api|Gate|OnlyTheEdge|.*Route$"),
    Box("counter", "Counter", 2, "Counter|CountsTable|VisitorsTable"),
    Box("contact", "Contact form", 2, "Contact|MessagesTable|Mail(?!Signature)|.*Identity$"),
    Box("watch", "What watches", 2, "Alarms$|.*Alarm$|.*Filter$|FailedEvents|Dashboard|Budget"),
)


class Part(NamedTuple):
    """A resource as it is drawn; optional ones depend on a parameter."""

    name: str
    kind: str
    optional: bool


def box_of(name: str) -> str:
    """Which box a resource belongs to, the most particular pattern first. Raises ValueError."""
    for key in ("watch", "api", "domain", "counter", "contact", "edge", "bucket", "containers"):
        [box] = [box for box in BOXES if box.key == key]
        if re.match(f"(?:{box.names})", name):
            return key
    raise ValueError(f"{name} belongs to no box of tools/architecture_diagram.py")


def parts(template: Mapping[str, Any], terraform: Iterable[str]) -> dict[str, list[Part]]:
    """All resources by their box. `terraform` are the texts of the .tf files."""
    found: dict[str, list[Part]] = {box.key: [] for box in BOXES}
    for name, resource in sorted(template["Resources"].items()):
        kind = resource["Type"].rpartition("::")[2]
        found[box_of(name)].append(Part(name, kind, "Condition" in resource))
    for text in terraform:
        for kind, name in re.findall(r'^resource "(\w+)" "(\w+)"', text, re.MULTILINE):
            found[box_of(kind)].append(Part(name, kind.removeprefix("aws_"), True))
    return {key: sorted(list_) for key, list_ in found.items()}


def arrows(template: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(from box, to box, what goes there), out of behaviours, the origin group and routes."""
    resources = template["Resources"]
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    [group] = config["OriginGroups"]["Fn::If"][1]["Items"]
    members = [one["OriginId"] for one in group["Members"]["Items"]]
    codes = ", ".join(map(str, group["FailoverCriteria"]["StatusCodes"]["Items"]))
    found = [
        ("edge", members[0], "pages"),
        ("edge", members[1], f"after {codes}"),
    ]
    found += [
        ("edge", one["TargetOriginId"], one["PathPattern"]) for one in config["CacheBehaviors"]
    ]
    routes: dict[str, list[str]] = {}
    for resource in resources.values():
        if resource["Type"] == "AWS::ApiGatewayV2::Route":
            target = re.findall(r"\w+", resource["Properties"]["Target"]["Fn::Sub"])[-1]
            function = resources[target]["Properties"]["IntegrationUri"]["Fn::GetAtt"][0]
            path = resource["Properties"]["RouteKey"].partition(" ")[2]
            routes.setdefault(box_of(function), []).append(path)
    found += [("api", box, sorted(set(paths))[0]) for box, paths in sorted(routes.items())]
    if "AddressRecords" in resources:
        found.append(("domain", "edge", "name"))
    return found


def draw(template: Mapping[str, Any], terraform: Iterable[str]) -> str:
    """The picture as SVG."""
    content = parts(template, terraform)
    places: dict[str, tuple[int, int, int]] = {}
    tops = [_MARGIN + 30] * 3
    for box in BOXES:
        height = _HEAD + _LINE * len(content[box.key]) + 10
        places[box.key] = (_MARGIN + box.column * (_WIDTH + _GAP), tops[box.column], height)
        tops[box.column] += height + 26
    width = 3 * _WIDTH + 2 * _GAP + 2 * _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {max(tops)}" role="img" '
        'aria-labelledby="title about">',
        '<title id="title">Architecture of a Tidepost site on AWS</title>',
        '<desc id="about">Readers reach the distribution, which serves pages from the containers '
        "or the bucket and passes /api/* to the API with its two functions.</desc>",
        "<style>",
        "svg { font: 13px system-ui, sans-serif; background: #fff; fill: #1c2b33; }",
        "rect { fill: #f3f7f9; stroke: #0b5f73; } .optional { stroke-dasharray: 5 4; }",
        ".head { font-weight: 600; font-size: 15px; } .kind { fill: #5a6b74; font-size: 11px; }",
        "path { fill: none; stroke: #0b5f73; stroke-width: 1.5; } .tip { fill: #0b5f73; }",
        ".label { font-size: 11px; fill: #0b5f73; }",
        ".label { paint-order: stroke; stroke: #fff; stroke-width: 4; }",
        "@media (prefers-color-scheme: dark) {",
        "svg { background: #10191e; fill: #e3edf1; } rect { fill: #18252c; stroke: #6cc0d4; }",
        ".kind { fill: #9fb3bd; } path { stroke: #6cc0d4; } .tip { fill: #6cc0d4; }",
        ".label { fill: #6cc0d4; stroke: #10191e; } }",
        "</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
        f'<text x="{_MARGIN}" y="{_MARGIN + 8}">Dashed, and marked with ○: only where a parameter '
        "asks for it.</text>",
    ]
    for box in BOXES:
        left, top, height = places[box.key]
        mine = content[box.key]
        optional = ' class="optional"' if all(part.optional for part in mine) else ""
        lines.append(
            f'<rect{optional} x="{left}" y="{top}" width="{_WIDTH}" height="{height}" rx="8"/>'
        )
        lines.append(
            f'<text class="head" x="{left + 12}" y="{top + 26}">{escape(box.title)}</text>'
        )
        for number, part in enumerate(mine):
            mark = "○ " if part.optional else ""
            lines.append(
                f'<text x="{left + 12}" y="{top + _HEAD + 8 + number * _LINE}">{mark}'
                f'{escape(part.name)} <tspan class="kind">{escape(part.kind)}</tspan></text>'
            )
    starts: dict[str, int] = {}
    for source, target, label in arrows(template):
        lines += _arrow(places[source], places[target], label, starts.setdefault(source, 0))
        starts[source] += 1
    return "\n".join([*lines, "</svg>", ""])


def _arrow(
    source: tuple[int, int, int], target: tuple[int, int, int], label: str, number: int
) -> list[str]:
    """An arrow between boxes of neighbouring columns, or down to the next in the same column."""
    if source[0] == target[0]:
        x, y1, y2 = source[0] + _WIDTH // 2, source[1] + source[2], target[1]
        return [f'<path d="M{x} {y1}V{y2}" marker-end="url(#tip)"/>']
    x1, y1 = source[0] + _WIDTH, source[1] + 24 + 18 * number
    x2, y2 = target[0], target[1] + 24
    middle = (x1 + x2) // 2
    return [
        f'<path d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}" marker-end="url(#tip)"/>',
        f'<text class="label" text-anchor="middle" x="{middle}" y="{y2 - 8}">'
        f"{escape(label)}</text>",
    ]


def main() -> int:
    """Write the picture. Returns an exit code."""
    terraform = sorted((ROOT / "infra" / "terraform").glob("*.tf"))
    template = read_template(ROOT / "infra" / "site.yaml")
    TARGET.write_text(draw(template, [file.read_text() for file in terraform]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
