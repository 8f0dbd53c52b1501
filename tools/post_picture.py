"""Draw the way of a post to its readers: `post_picture.py` writes docs/post.svg again.

The README shows it. The paths of the API, and what stores and sends, come from infra/site.yaml, and
the commands from the command line's own list: a name that is gone is an error, not an old picture.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from generator.adapters.aws.lambda_package import read_template  # noqa: E402
from generator.cli.commands import COMMANDS  # noqa: E402
from tools.architecture_diagram import arrows  # noqa: E402

TARGET = ROOT / "docs" / "post.svg"

_WIDTH, _HEIGHT, _TOP, _BELOW = 196, 74, 20, 160
_COLUMNS = (10, 252, 494, 736)
_SERVICES = {
    "AWS::S3::Bucket": "S3",
    "AWS::CloudFront::Distribution": "CloudFront",
    "AWS::Lambda::Function": "Lambda",
    "AWS::Serverless::Function": "Lambda",
    "AWS::DynamoDB::Table": "DynamoDB",
    "AWS::SES::EmailIdentity": "SES",
}


class Card(NamedTuple):
    """A station of the way: its place, its name, and two lines about it."""

    left: int
    top: int
    title: str
    lines: tuple[str, str]


def services(template: Mapping[str, Any], *names: str) -> str:
    """Return the services behind resources, each once. Raises KeyError for one that is gone."""
    kinds = [_SERVICES[template["Resources"][name]["Type"]] for name in names]
    return " and ".join(dict.fromkeys(kinds))


def path_of(template: Mapping[str, Any], box: str) -> str:
    """Return the path at which the API reaches `counter` or `contact`. Raises ValueError."""
    paths = [
        label for source, target, label in arrows(template) if (source, target) == ("api", box)
    ]
    if not paths:
        raise ValueError(f"no route of infra/site.yaml leads to {box}")
    return paths[0]


def draw(template: Mapping[str, Any]) -> str:
    """Return the picture as SVG. Raises KeyError and ValueError where a fact is gone."""
    commands = ", ".join(_known(name) for name in ("check", "plan", "publish"))
    first, second, third, fourth = _COLUMNS
    stores = services(template, "Bucket")
    serves = services(template, "Distribution")
    counts = services(template, "Counter", "CountsTable")
    keeps = services(template, "Contact", "MessagesTable")
    asked = f"publish.py {_known('messages')}"
    cards = [
        Card(first, _TOP, "Your post", ("Markdown and pictures", "content/posts/")),
        Card(second, _TOP, "python publish.py", ("makes pages, in one go:", commands)),
        Card(third, _TOP, "Bucket", ("every release, whole", stores)),
        Card(fourth, _TOP, "Reader", ("a static page, near by", serves)),
        Card(third, _BELOW, "Counter", ("no cookies", counts)),
        Card(second, _BELOW, "Contact form", ("stores first, then mails", keeps)),
        Card(first, _BELOW, "Your inbox", ("mail, and on demand", asked)),
    ]
    middle, below = _TOP + _HEIGHT // 2, _BELOW + _HEIGHT // 2
    count, contact = path_of(template, "counter"), path_of(template, "contact")
    reader = fourth + _WIDTH // 2
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 942 254" role="img" '
        'aria-labelledby="title about">',
        '<title id="title">The way of a post to its readers</title>',
        '<desc id="about">A Markdown file is built, checked and published into a bucket, from '
        "which a CDN serves readers. Their pages ask the counter and send to the contact form, "
        "which stores each before it mails it to the owner.</desc>",
        "<style>",
        "svg { font: 13px system-ui, sans-serif; background: #fff; fill: #1c2b33; }",
        "rect { fill: #f3f7f9; stroke: #0b5f73; } .head { font-weight: 600; font-size: 15px; }",
        ".kind { fill: #4c5c66; } .line { fill: none; stroke: #0b5f73; stroke-width: 1.5; }",
        ".tip { fill: #0b5f73; } .label { font-size: 12px; fill: #0b5f73; }",
        "@media (prefers-color-scheme: dark) {",
        "svg { background: #10191e; fill: #e3edf1; } rect { fill: #18252c; stroke: #6cc0d4; }",
        ".kind { fill: #a9bcc5; } .line { stroke: #6cc0d4; } .tip, .label { fill: #6cc0d4; } }",
        "</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
    ]
    for card in cards:
        lines.append(
            f'<rect x="{card.left}" y="{card.top}" width="{_WIDTH}" height="{_HEIGHT}" rx="8"/>'
        )
        for offset, style, text in zip((24, 44, 62), ("head", "kind", "kind"),
                                       (card.title, *card.lines), strict=True):  # fmt: skip
            lines.append(f'<text class="{style}" x="{card.left + 14}" y="{card.top + offset}">'
                         f"{escape(text)}</text>")  # fmt: skip
    for left in (first, second, third):
        lines.append(_line(f"M{left + _WIDTH} {middle}H{left + _WIDTH + 44}"))
    lines.append(_line(f"M{reader} {_TOP + _HEIGHT}V{below}H{third + _WIDTH + 2}"))
    lines.append(_line(f"M{reader - 40} {_TOP + _HEIGHT}V132H{second + _WIDTH // 2}V{_BELOW - 2}"))
    lines.append(_line(f"M{second} {below}H{first + _WIDTH + 2}"))
    lines.append(f'<text class="label" x="{third + _WIDTH + 14}" y="{below - 9}">'
                 f"{escape(count)}</text>")  # fmt: skip
    lines.append(f'<text class="label" x="{second + _WIDTH // 2 + 14}" y="124">'
                 f"{escape(contact)}</text>")  # fmt: skip
    return "\n".join([*lines, "</svg>", ""])


def _known(command: str) -> str:
    if command not in COMMANDS:
        raise ValueError(f"there is no command {command} any more")
    return command


def _line(way: str) -> str:
    return f'<path class="line" d="{way}" marker-end="url(#tip)"/>'


def main() -> int:
    """Write the picture. Returns an exit code."""
    TARGET.write_text(draw(read_template(ROOT / "infra" / "site.yaml")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
