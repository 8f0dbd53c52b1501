"""Measures publishing beside `aws s3 sync` and `rclone sync`: the same server, the same files.

    python bench/publish.py [--files 1000 10000] [--delay 30]

The server is SeaweedFS on this machine, behind a proxy that counts requests and bytes and can hold
each request for a round trip's time. Prints a Markdown table. awscli is installed into a virtual
environment of its own where it is missing, for its botocore is another than ours.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from generator.core.artifacts import digest  # noqa: E402
from tests.support import s3_servers  # noqa: E402

PAGE_BYTES = 6_000
IN_FLIGHT = 16
"""For all three: 10 is the aws default and 4 rclone's, so both are given more than they take."""

_CHILD = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from datetime import datetime
from generator.core.artifacts import OutputFile
from generator.app.targets import open_target
from generator.config.settings import PublishSettings, SiteConfig
from generator.publish import publisher
from generator.publish.manifest import local_release
import hashlib
site = Path({site!r})
config = SiteConfig(title="t", url="https://example.org", publish=PublishSettings(
    target="s3", bucket={bucket!r}, region="us-east-1", endpoint_url={endpoint!r},
    concurrency={flight}))
files = []
for path in sorted(p for p in site.rglob("*") if p.is_file()):
    content = path.read_bytes()
    name = path.relative_to(site).as_posix()
    role = "asset" if name.startswith("assets/") else "entry" if name == "index.html" else "page"
    files.append(OutputFile(path=name, sha256=hashlib.sha256(content).hexdigest(),
                            size=len(content), role=role))
target = open_target(config, site)
local = local_release(files, {{}}, page_max_age=60, cdn=False)
publisher.publish(target, local, site.joinpath, publisher.policy_of(config.publish, target, local),
                datetime.fromisoformat({now!r}), holder="bench")
"""


def main() -> None:
    """Run all cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--delay", type=int, default=30, help="round trip in ms, for 1,000 files")
    options = parser.parse_args()
    cases = [(count, 0) for count in options.files]
    cases.append((min(options.files), options.delay))
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}; pages of {PAGE_BYTES:,} bytes; SeaweedFS, versions kept.\n"
    )
    print("| files | round trip | case | tool | seconds | requests | MB sent |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        tools = {"Tidepost": tidepost, "aws s3 sync": aws(folder), "rclone sync": rclone()}
        for number, (count, delay) in enumerate(cases):
            own = folder / f"server-{number}"
            own.mkdir()
            with s3_servers.seaweed(own) as upstream:
                for name, publish in tools.items():
                    bucket = f"bench-{number}-{name.split()[0].lower()}"
                    measure(folder, upstream, bucket, count, delay, name, publish)


Publish = Callable[[Path, str, str], None]
"""Makes the files of a folder lie in a bucket at an endpoint."""


def measure(
    folder: Path, upstream: str, bucket: str, count: int, delay: int, name: str, publish: Publish
) -> None:
    """Publish for the first time, with one page changed, and with nothing changed."""
    site = folder / bucket
    make_site(site, count)
    s3 = s3_servers.client("s3", upstream)
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    proxy = s3_servers.Proxy(upstream)
    proxy.delay = delay / 1_000
    for case in ("first publish", "one page changed", "nothing changed"):
        if case == "one page changed":
            page = site / "posts/7/index.html"
            page.write_bytes(page.read_bytes() + b"<p>changed</p>")
        proxy.start_over()
        began = time.perf_counter()
        publish(site, bucket, proxy.endpoint)
        seconds = time.perf_counter() - began
        sent = sum(len(seen.body) for seen in proxy.seen) / 1e6
        print(
            f"| {count:,} | {delay} ms | {case} | {name} | {seconds:.1f} "
            f"| {len(proxy.seen):,} | {sent:.2f} |",
            flush=True,
        )
    proxy.shutdown()
    proxy.server_close()
    shutil.rmtree(site)


def make_site(site: Path, count: int) -> None:
    """Write `count` files: pages, one in twenty an asset, and the landing page."""
    chance = random.Random(1)
    for number in range(count - 1):
        content = chance.randbytes(PAGE_BYTES // 2).hex().encode()
        if number % 20 == 19:
            path = site / f"assets/{digest(content)[:16]}.css"
        else:
            path = site / f"posts/{number}/index.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (site / "index.html").write_bytes(b"<h1>home</h1>")


_minutes = iter(range(1_000_000))


def tidepost(site: Path, bucket: str, endpoint: str) -> None:
    """Publish in a process of its own, start of Python and hashing of all files included."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=next(_minutes))
    code = _CHILD.format(
        root=str(ROOT),
        site=str(site),
        bucket=bucket,
        endpoint=endpoint,
        flight=IN_FLIGHT,
        now=now.isoformat(),
    )
    run([sys.executable, "-c", code])


def aws(folder: Path) -> Publish:
    """Return `aws s3 sync --delete`."""
    program = shutil.which("aws") or install_aws(folder)
    config = folder / "aws-config"
    config.write_text(f"[default]\ns3 =\n  max_concurrent_requests = {IN_FLIGHT}\n")

    def publish(site: Path, bucket: str, endpoint: str) -> None:
        run(
            [program, "--endpoint-url", endpoint, "s3", "sync", "--delete", "--only-show-errors",
             str(site), f"s3://{bucket}"],
            AWS_CONFIG_FILE=str(config),
        )  # fmt: skip

    return publish


def install_aws(folder: Path) -> str:
    """Install awscli from PyPI into a virtual environment and return the program."""
    place = folder / "aws"
    venv.create(place, with_pip=True)
    program = place / "bin" / "aws"
    run([str(place / "bin" / "python"), "-m", "pip", "install", "-q", "awscli"])
    return str(program)


def rclone() -> Publish:
    """Return `rclone sync`, comparing checksums, for a build gives every file a new time."""
    program = shutil.which("rclone") or str(Path(sys.executable).parent / "rclone")

    def publish(site: Path, bucket: str, endpoint: str) -> None:
        remote = (
            f":s3,provider=Other,access_key_id={s3_servers.KEY},secret_access_key={s3_servers.SECRET},"
            f'endpoint="{endpoint}",force_path_style=true,no_check_bucket=true:{bucket}'
        )
        run([program, "sync", "--checksum", "--transfers", str(IN_FLIGHT), "--checkers",
             str(IN_FLIGHT), "--config", os.devnull, str(site), remote])  # fmt: skip

    return publish


def run(command: list[str], **environment: str) -> None:
    """Run a program with the test server's credentials."""
    own = {
        "AWS_ACCESS_KEY_ID": s3_servers.KEY,
        "AWS_SECRET_ACCESS_KEY": s3_servers.SECRET,
        "AWS_DEFAULT_REGION": s3_servers.REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    subprocess.run(command, check=True, env={**os.environ, **own, **environment})


if __name__ == "__main__":
    main()
