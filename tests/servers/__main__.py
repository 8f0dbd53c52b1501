"""Runs the whole life of a site on every server: `make test-servers`. Exits with 1 on a failure.

`python -m tests.servers NAME...` runs those whose names begin so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.servers import life
from tests.support import installed, s3_servers
from tests.support.bucket import Bucket


def main(arguments: list[str]) -> int:
    """Install, start, run and stop; return the exit code."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": s3_servers.KEY,
        "AWS_SECRET_ACCESS_KEY": s3_servers.SECRET,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    wanted = tuple(arguments) or ("",)
    failures, rows = [], ["| server | version | bucket without versions | with versions |"]
    rows.append("|---|---|---|---|")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tidepost-servers-") as scratch:
        folder = Path(scratch)
        try:
            installed.install(folder)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"The servers cannot be installed: {error}", file=sys.stderr)
            return 1
        for number, server in enumerate(installed.SERVERS):
            if not server.name.startswith(wanted):
                continue
            place = folder / f"{number}"
            place.mkdir()
            version = server.version(folder)
            _say(f"{server.name} {version}")
            wrong = _all_of(server, place)
            failures += [f"{server.name} {version}: {one}" for one in wrong]
            rows.append(f"| {server.name} | {version} | {server.plain} | {server.versioned} |")
    print("\n".join(rows))
    for failure in failures:
        print(failure)
    print(f"\n{len(failures)} failed; {time.monotonic() - began:.0f} s.")
    return 1 if failures or len(rows) == 2 else 0


def _all_of(server: installed.Server, place: Path) -> list[str]:
    wrong = []
    with server.start(place) as endpoint:
        s3 = s3_servers.client("s3", endpoint)
        for kind, outcome in (("plain", server.plain), ("versioned", server.versioned)):
            if outcome == "none":
                continue
            s3.create_bucket(Bucket=kind)
            if kind == "versioned":
                s3.put_bucket_versioning(Bucket=kind, VersioningConfiguration={"Status": "Enabled"})
            bucket = Bucket(endpoint, versioned=kind == "versioned")
            _say(f"  bucket {kind}: must be {outcome}")
            scratch = place / f"site-{kind}"
            scratch.mkdir()
            try:
                if outcome == "works":
                    found = life.live(bucket, scratch, _say)
                else:
                    found = _refused(bucket, scratch)
            finally:
                bucket.close()
            wrong += [f"bucket {kind}: {one}" for one in found]
    return wrong


def _refused(bucket: Bucket, scratch: Path) -> list[str]:
    try:
        life.refused(bucket, scratch)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what this is run for)
        _say(f"    FAILED  {type(error).__name__}: {error}")
        return [f"{type(error).__name__}: {error}"]
    _say("    ok      refused")
    return []


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
