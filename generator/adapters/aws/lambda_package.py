"""The template of the stack as it lies on disk: read, and its functions' code packed.

CloudFormation carries out the SAM transform itself; what it cannot do is to read this disk. So code
goes into a zip, the zip's place into the template, and the template is handed over as JSON.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import yaml

from generator.core.problems import Problem, SiteError

MOST_BYTES = 51_200
"""How large a template may be that is sent along and not put into a bucket first
(CloudFormation User Guide, "Understand CloudFormation quotas")."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


class Code(msgspec.Struct, frozen=True):
    """A zip for Lambda. `key` is where it belongs in a bucket: the same code, the same key."""

    key: str
    content: bytes


class Packaged(msgspec.Struct, frozen=True):
    """A template whose code was packed; `body` still names the bucket as `bucket` wants it."""

    template: dict[str, Any]
    codes: tuple[Code, ...]

    def body(self, bucket: str) -> str:
        """The template as JSON, with its code in `bucket`. Raises SiteError when it is too long."""
        template = json.loads(json.dumps(self.template))
        # What is said to people and linters only takes a fifth of the room.
        template.pop("Metadata", None)
        for kind in ("Parameters", "Outputs"):
            for one in template.get(kind, {}).values():
                one.pop("Description", None)
        for resource in template["Resources"].values():
            resource.pop("Metadata", None)
            code = resource.get("Properties", {}).get("CodeUri")
            if code is not None:
                resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": code}
        text = json.dumps(template, separators=(",", ":"))
        if len(text.encode()) > MOST_BYTES:
            problem = Problem(
                path="infra/site.yaml",
                code="template-size",
                message=f"the template is larger than {MOST_BYTES} bytes",
                hint="shorten what was added to it",
            )
            raise SiteError([problem])
        return text


class _Loader(yaml.CSafeLoader):
    """Knows CloudFormation's short forms, such as `!Sub`."""


def _short_form(loader: _Loader, name: str, node: yaml.Node) -> Any:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


yaml.add_multi_constructor("!", _short_form, Loader=_Loader)


def read_template(file: Path) -> dict[str, Any]:
    """Read a template with its short forms written out. Raises SiteError."""
    try:
        # A subclass of the safe loader: it makes plain data and nothing else.
        template = yaml.load(file.read_bytes(), Loader=_Loader)  # noqa: S506
    except OSError as error:
        raise SiteError([_problem(file, f"cannot be read ({error.strerror})")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        text = str(getattr(error, "problem", None) or "not YAML")
        raise SiteError([_problem(file, text, mark.line + 1 if mark else 0)]) from None
    if not isinstance(template, dict) or "Resources" not in template:
        raise SiteError([_problem(file, "not a template: it has no Resources")])
    return template


def package(file: Path) -> Packaged:
    """Read a template and pack the code of its functions. Raises SiteError."""
    template = read_template(file)
    template.pop("Metadata", None)
    codes: dict[Path, Code] = {}
    for resource in template["Resources"].values():
        resource.pop("Metadata", None)
        uri = resource.get("Properties", {}).get("CodeUri")
        if uri is None:
            continue
        folder = (file.parent / str(uri)).resolve()
        if folder not in codes:
            codes[folder] = pack(folder)
        resource["Properties"]["CodeUri"] = codes[folder].key
    return Packaged(template, tuple(codes.values()))


def pack(folder: Path) -> Code:
    """Zip a folder's Python files: the same files, the same bytes, wherever and whenever."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.py")):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
    content = buffer.getvalue()
    return Code(f"tidepost/{hashlib.sha256(content).hexdigest()[:32]}.zip", content)


def _problem(file: Path, message: str, line: int = 0) -> Problem:
    return Problem(path=f"infra/{file.name}", line=line, code="template", message=message)
