"""The Nu HTML checker (validator.github.io/validator) on all pages, style sheets and SVG files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.audit.findings import Finding
from tests.support.tools import debian, npm_package

VERSION = "26.9.27"


def check(folder: Path) -> list[Finding]:
    """Return all that the checker says of a built site, warnings included. Starts Java once."""
    files = sorted(
        file for suffix in ("html", "css", "svg") for file in folder.rglob(f"*.{suffix}")
    )
    java = debian("java", "default-jre-headless")
    jar = npm_package("vnu-jar", VERSION) / "build" / "dist" / "vnu.jar"
    options = ["--format", "json", "--stdout", "--exit-zero-always"]
    options += ["--also-check-css", "--also-check-svg"]
    # Compiled but once, and lightly: the checker ends before more of it would be repaid.
    quickly = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    command = [java, "-Xss4m", *quickly, "-jar", jar, *options, *files]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    return list(_findings(json.loads(result.stdout)["messages"], folder))


def _findings(messages: list[dict[str, object]], folder: Path) -> Iterator[Finding]:
    for message in messages:
        path = unquote(urlsplit(str(message.get("url", ""))).path)
        file = "/" + Path(path).relative_to(folder.resolve()).as_posix() if path else "?"
        kind = message.get("subType") or message["type"]
        text = f"{kind}: {message['message']} (line {message.get('lastLine', '?')})"
        if extract := str(message.get("extract", "")).strip():
            text += f" near `{' '.join(extract.split())[:100]}`"
        tool = "css" if file.endswith(".css") else "html"
        yield Finding(file.removesuffix("index.html"), tool, text)
