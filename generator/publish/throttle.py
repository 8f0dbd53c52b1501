"""How many requests may be in flight: halved when the store asks for less, slowly raised again.

Additive increase, multiplicative decrease, as TCP has it. A burst of refusals counts as one, for
they all speak of the same moment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Throttle:
    """A bound on the requests in flight; safe to use from many threads."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self.throttles = 0
        self._bound = float(most)
        self._clock = clock
        self._eased = float("-inf")
        self._lock = threading.Lock()

    @property
    def bound(self) -> int:
        """How many may be in flight now: at least one."""
        return max(1, int(self._bound))

    def succeeded(self) -> None:
        """A request was answered: allow one more after each full round of answers."""
        with self._lock:
            self._bound = min(float(self.most), self._bound + 1 / self._bound)

    def throttled(self) -> None:
        """The store asked for fewer requests."""
        with self._lock:
            self.throttles += 1
            if self._clock() - self._eased > 1.0:
                self._eased = self._clock()
                self._bound = max(1.0, self._bound / 2)
