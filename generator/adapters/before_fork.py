"""Loads what each process of a build needs, before it is forked: else each would load it again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any

from generator.checks import nesting
from generator.content.parse import source_step
from generator.core.jobs import Step
from generator.render.body_jobs import text_step
from generator.render.page_jobs import pages_step

_LANGUAGE = re.compile(rb"^[ \t>]*(?:`{3,}|~{3,})[ \t]*([\w#.+-]+)", re.MULTILINE)
"""The language of code, behind a fence."""

_ONE_IN = 3
"""Of so many texts one is looked into for languages."""


def load_for(step: Step[Any, Any], jobs: Sequence[Any]) -> None:
    """Load what texts are converted with, where that is what processes begin with.

    The lexers of languages count for most of it: each takes milliseconds to be compiled.
    """
    if step is pages_step:
        nesting.compile_runs()
        return
    some = jobs[::_ONE_IN]
    if step is source_step:
        texts = [job.read() for job in some]
    elif step is text_step:
        texts = list(some)
    else:
        return
    from generator.markdown import commonmark  # noqa: F401 (as make_converter does)
    from generator.markdown.code.highlighting import CodeColours

    nesting.compile_runs()
    if any(b"![" in text for text in texts):
        from generator.assets import resize  # noqa: F401 (with Pillow)
    colours = CodeColours()
    found = Counter(chain.from_iterable(set(_LANGUAGE.findall(text)) for text in texts))
    for language, count in found.items():
        if count > 1:  # else one process alone may need it
            colours.coloured("\n", language.decode())
