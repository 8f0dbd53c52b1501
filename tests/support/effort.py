"""How much of the processor something takes, whatever else the machine does."""

from __future__ import annotations

import time
from collections.abc import Callable


def cpu_seconds(work: Callable[[], object], enough: float) -> float:
    """Return what the quickest of some runs took; once is enough where it is below `enough`.

    A busy machine makes a run take longer, its processor's time included, and never shorter.
    """
    best = float("inf")
    for _ in range(5):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
        if best < enough:
            break
    return best
