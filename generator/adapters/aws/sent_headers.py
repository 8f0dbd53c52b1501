"""The headers with which a site's pages are answered, read from the template of its stack."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import msgspec

from generator.adapters.files.os_errors import read_file
from generator.adapters.program_files import program_folder
from generator.config.settings import SiteConfig
from generator.core.cache import Cache, Key, key_of
from generator.core.csp import POLICY
from generator.publish.csp import SentHeaders, security_headers, sends_headers

TEMPLATE = "infra/site.yaml"
_PAGES, _API = "SecurityHeaders", "ApiHeaders"


def headers_of(root: Path, config: SiteConfig, cache: Cache) -> SentHeaders:
    """Return the headers of a site, none where its host sends none.

    The owner's own template counts, if there is one. Raises SiteError where it cannot be read.
    """
    own = root / TEMPLATE
    file = own if own.is_file() else program_folder() / TEMPLATE
    if not sends_headers(config) or not file.is_file():
        return SentHeaders()
    template = _template(file, cache)
    there = template["Resources"]
    return SentHeaders(
        pages=security_headers(template, config) if _PAGES in there else {},
        api=security_headers(template, config, _API) if _API in there else {},
    )


def _template(file: Path, cache: Cache) -> dict[str, Any]:
    """Return what a template says of headers; to read the whole of it takes long."""
    key = key_of("sent headers", read_file(file))
    kept = cache.get_many([key]).get(key)
    if kept is None:
        kept = _read(file, key)
        cache.put_many({key: kept})
    return msgspec.msgpack.decode(kept, type=dict[str, Any])


@functools.lru_cache(maxsize=4)
def _read(file: Path, key: Key) -> bytes:  # noqa: ARG001 (what is in the file)
    """Return what a template says of headers, once for all builds of a process."""
    from generator.adapters.aws.lambda_package import read_template

    whole = read_template(file)
    parameter = whole.get("Parameters", {}).get(POLICY, {})
    template = {
        "Resources": {
            name: whole["Resources"][name] for name in (_PAGES, _API) if name in whole["Resources"]
        },
        "Parameters": {POLICY: {"Default": str(parameter.get("Default", ""))}},
    }
    return msgspec.msgpack.encode(template)
