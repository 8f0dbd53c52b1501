"""moto's server, whose stacks tell their outputs also when a change set made them.

In moto, a stack that a change set makes keeps the outputs and parameters of the empty template that
it began with.
"""

from __future__ import annotations

import sys
from typing import Any

from moto.cloudformation.models import ChangeSet
from moto.server import main

_apply: Any = ChangeSet.apply


def _apply_whole(change_set: ChangeSet) -> None:
    stack = change_set.stack
    stack.template = change_set.template
    stack._parse_template()
    stack.parameters = change_set.parameters
    stack.resource_map.input_parameters = change_set.parameters
    _apply(change_set)
    stack.output_map = stack._create_output_map()


if __name__ == "__main__":
    ChangeSet.apply = _apply_whole  # type: ignore[method-assign]
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
