"""Audits every page of the sample site: `make audit`. Exits with 1 on a breach.

`python -m tests.audit FOLDER` audits a site that is built already.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.audit import audit
from tests.theme.site import build_sample


def main() -> int:
    """Build, audit, print; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="tidepost-audit-") as scratch:
        built = Path(sys.argv[1]) if len(sys.argv) > 1 else build_sample(Path(scratch))
        report = audit(built, say=lambda line: print(line, file=sys.stderr, flush=True))
    print(report.table())
    if report.findings:
        print(f"\n{report.told()}\n\n{len(report.findings)} breaches.")
        return 1
    print("\nNo breach.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
