"""The site's templates compiled, those from the cache that it has."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

import msgspec

from generator.core.cache import Cache, Key, key_of
from generator.core.problems import Problem
from generator.render.templates import (
    FILTERS,
    STEP,
    UNCOMPILABLE,
    Compiled,
    compile_template,
    syntax_problem,
)


def compiled_templates(
    texts: Mapping[str, str], cache: Cache, filters: Iterable[str] = ()
) -> tuple[dict[str, Compiled], list[Problem]]:
    """Return every template compiled, from the cache where it is known, and what is wrong with
    those that cannot be. `filters` are those that the site adds."""
    there = sorted((*FILTERS, *filters))
    keys = {
        name: key_of(STEP, sys.implementation.cache_tag or "", *there, name, text)
        for name, text in sorted(texts.items())
    }
    known = cache.get_many(keys.values())
    decode = msgspec.msgpack.Decoder(Compiled).decode
    compiled: dict[str, Compiled] = {}
    fresh: dict[Key, bytes] = {}
    problems: list[Problem] = []
    for name, key in keys.items():
        if key in known:
            compiled[name] = decode(known[key])
            continue
        try:
            compiled[name] = compile_template(name, texts[name], filters)
        except UNCOMPILABLE as error:
            problems.append(syntax_problem(name, error))
        else:
            fresh[key] = msgspec.msgpack.encode(compiled[name])
    cache.put_many(fresh)
    return compiled, problems
