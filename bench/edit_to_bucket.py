"""Measures one edit from the text to the bucket: `publish.py` beside Hugo and `rclone sync`.

    python bench/edit_to_bucket.py [--posts 1000] [--rounds 3] [--tools FOLDER]

Both sites have the same posts and can be searched; Pagefind's program indexes Hugo's. The server is
SeaweedFS on this machine. Both publish everything first; then, in each round, the body of one post
is edited, and each builds and publishes. Prints Markdown: medians of the CPU time of all processes,
without the server's, and of wall time.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench import report, sites  # noqa: E402
from bench.build import _edit_body, _run, corpus_of  # noqa: E402
from bench.peers.hugo import hugo  # noqa: E402
from bench.search import _with, _with_pagefind  # noqa: E402
from bench.tool import ENVIRONMENT, Tool  # noqa: E402
from tests.support import s3_servers  # noqa: E402


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tools", type=Path, default=ROOT / ".tidepost/tools/bench")
    given = parser.parse_args()
    ours, theirs = _with("search: true"), _with_pagefind(hugo(given.tools.absolute()))
    print(report.machine() + report.versions([ours, theirs]))
    with tempfile.TemporaryDirectory(prefix="tidepost-bench-") as name:
        folder = Path(name)
        (folder / "server").mkdir()
        with s3_servers.seaweed(folder / "server") as endpoint:
            s3 = s3_servers.client("s3", endpoint)
            for bucket in ("ours", "theirs"):
                s3.create_bucket(Bucket=bucket)
            ENVIRONMENT.update(
                AWS_ACCESS_KEY_ID=s3_servers.KEY,
                AWS_SECRET_ACCESS_KEY=s3_servers.SECRET,
                AWS_EC2_METADATA_DISABLED="true",
            )
            print(_compare(ours, theirs, endpoint, given.posts, given.rounds, folder))


def _compare(ours: Tool, theirs: Tool, endpoint: str, count: int, rounds: int, folder: Path) -> str:
    publish = [sys.executable, str(ROOT / "publish.py"), "publish", "--site", "."]
    rclone = Path(sys.executable).parent / "rclone"
    remote = (
        f":s3,provider=Other,access_key_id={s3_servers.KEY},secret_access_key={s3_servers.SECRET},"
        f'endpoint="{endpoint}",force_path_style=true,no_check_bucket=true:theirs'
    )
    sync = [str(rclone), "sync", "--checksum", "--config", os.devnull, "public", remote]
    both = ["sh", "-c", f'{theirs.build[2]} && "$RCLONE" {_quoted(sync[1:])}', *theirs.build[3:]]
    ENVIRONMENT["RCLONE"] = str(rclone)
    commands = {ours.name: publish, f"{theirs.name}, rclone": both}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for tool, name in ((ours, "ours"), (theirs, "theirs")):
        sites.write_posts(
            folder / name / tool.posts, count, tool.flavour, corpus_of(None, made=False)
        )
        tool.set_up(folder / name)
    settings_file = folder / "ours/site.yaml"
    lenient = settings_file.read_text(encoding="utf-8").replace(
        "checks: {", "checks: {csp-source: warning, "
    )
    settings_file.write_text(lenient, encoding="utf-8")
    with settings_file.open("a", encoding="utf-8") as settings:
        settings.write(
            f"publish: {{target: s3, bucket: ours, region: us-east-1, endpoint_url: {endpoint}}}\n"
        )
    for turn in range(rounds + 1):
        for (title, command), (tool, name) in zip(
            commands.items(), ((ours, "ours"), (theirs, "theirs")), strict=True
        ):
            if turn:
                _edit_body(tool, folder / name, turn)
            took, cpu, _ = _run(command, folder / name)
            print(f"{title}: {cpu:.2f} s of CPU, {took:.1f} s", file=sys.stderr, flush=True)
            if turn:
                times[title].append((cpu, took))
    rows = [f"| {count:,} posts, one text edited | CPU s | wall s |", "|---|--:|--:|"]
    medians = {
        name: [median(each) for each in zip(*all_, strict=True)] for name, all_ in times.items()
    }
    rows += [f"| {name} | {cpu:.2f} | {wall:.1f} |" for name, (cpu, wall) in medians.items()]
    (own, _), (other, _) = medians.values()
    return "\n".join([*rows, f"| ratio | {own / other:.3f} | |"]) + "\n"


def _quoted(command: list[str]) -> str:
    return " ".join("'" + each.replace("'", "'\\''") + "'" for each in command)


if __name__ == "__main__":
    main()
