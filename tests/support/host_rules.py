"""The site of the contract of addresses, and the rules that other hosts get for it."""

from __future__ import annotations

from urllib.parse import unquote

from generator.core.artifacts import OutputFile, Role, digest
from generator.publish.hosts.rules import Rules, rules_of
from tests.support.addresses import Site
from tests.support.caddy import CONTRACT

HEADERS = {
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'self'; img-src 'self' data:",
    "permissions-policy": 'camera=(), "x"',
}


def output(path: str, content: bytes, role: Role = "page") -> OutputFile:
    return OutputFile(path=path, sha256=digest(content), size=len(content), role=role)


def rules(one: Site, **more: object) -> Rules:
    files = [output(path, content, one.roles[path]) for path, content in one.files.items()]
    return rules_of(files, one.redirects, HEADERS, page_max_age=60, base=one.base)


def contract() -> Site:
    """The site of the contract, with a file for every key that can be one."""
    keys = {unquote(case["key"]) for case in CONTRACT["cases"] if "key" in case}
    paths = {*CONTRACT["outputs"], *(key for key in keys if "\ufffd" not in key)}
    paths = {path for path in paths if not path.startswith("_preview/")}
    folders = {path.rpartition("/")[0] for path in paths}
    paths -= {path for path in paths if path in folders or path.startswith("2019/")}
    paths |= {"wp-login.php", "assets/own.css", "docs/a$b.txt"}
    roles: dict[str, Role] = {
        path: "asset" if path.startswith("assets/") and path != "assets/own.css" else "page"
        for path in paths
    }
    return Site(dict.fromkeys(paths, b""), roles, CONTRACT["redirects"], "")
