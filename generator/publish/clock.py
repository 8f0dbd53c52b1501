"""Seconds that pass also while the machine sleeps.

`time.monotonic` stands still in suspend, so a lease that is judged by it holds for ever in a closed
laptop. Sources: clock_gettime(2) of Linux on CLOCK_BOOTTIME; clock_gettime(3) of macOS on
CLOCK_MONOTONIC_RAW, which is mach_continuous_time (and what libc++ chose there, LLVM D74341).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

_COUNTS_SLEEP = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC_RAW"}


def clock_of(platform: str) -> Callable[[], float]:
    """Return the clock of a system, named as by `sys.platform`.

    Elsewhere it is whichever went further, the monotonic clock or that of the wall: one that is
    set forward ends a lease too early, which costs a second run, and never too late.
    """
    number = getattr(time, _COUNTS_SLEEP.get(platform, ""), None)
    if number is not None:
        return lambda: time.clock_gettime(number)
    monotonic, wall = time.monotonic(), time.time()
    return lambda: max(time.monotonic() - monotonic, time.time() - wall)


elapsed = clock_of(sys.platform)
"""Seconds since some moment in the past; only differences mean something."""
