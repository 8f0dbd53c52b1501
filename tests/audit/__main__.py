"""Audits every page of the sample site: `make audit`. Exits with 1 on a breach.

`python -m tests.audit FOLDER...` audits sites that are built already. `--quick` leaves out
Lighthouse, which takes most of the time.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.audit import audit
from tests.support.sample import build_sample


def main(arguments: list[str]) -> int:
    """Build, audit, print; return the exit code."""
    in_lighthouse = [] if "--quick" in arguments else None
    folders = [Path(each) for each in arguments if each != "--quick"]
    breaches = 0
    with tempfile.TemporaryDirectory(prefix="tidepost-audit-") as scratch:
        for built in folders or [build_sample(Path(scratch))]:
            report = audit(built, in_lighthouse=in_lighthouse, say=_say)
            print(report.table())
            if report.findings:
                print(f"\n{report.told()}")
            breaches += len(report.findings)
    print(f"\nBreaches: {breaches}." if breaches else "\nNo breach.")
    return 1 if breaches else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
