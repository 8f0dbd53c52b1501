"""How long a function takes before its first answer, beside a handler written the usual way.

    python bench/cold_start.py [--runs 15]

Each figure is the median over fresh Python processes, taken in turn so that a busy machine is
unfair to nobody. `import` is loading the handler as Lambda's start does (with its client, where it
makes one then); `first call` is the first request after it, answered by a real table (dynalite).
`modules` is how many modules are loaded at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

USUAL = """
import json, os
import boto3
table = boto3.resource("dynamodb", endpoint_url=os.environ["TIDEPOST_DYNAMODB_ENDPOINT"]).Table(
    os.environ["TIDEPOST_TABLE"])
def handler(event, context):
    body = json.loads(event["body"])
    item = table.update_item(Key={"pk": body["path"], "sk": "-"}, UpdateExpression="ADD v :one",
        ExpressionAttributeValues={":one": 1}, ReturnValues="ALL_NEW")["Attributes"]
    return {"statusCode": 200, "body": json.dumps({"views": int(item["v"])})}
"""
PROBE = """
import json, sys, time
name, event = sys.argv[1], json.loads(sys.argv[2])
start = time.perf_counter()
module = __import__(name, fromlist=["handler"])
loaded = time.perf_counter()
answer = module.handler(event, None)
first = time.perf_counter()
module.handler(event, None)
second = time.perf_counter()
assert answer["statusCode"] == 200, answer
print(json.dumps([1000 * (loaded - start), 1000 * (first - loaded), 1000 * (second - first),
                  len(sys.modules)]))
"""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    from tests.support import aws_servers

    os.environ.update(aws_servers.CREDENTIALS)
    with (
        tempfile.TemporaryDirectory() as folder,
        aws_servers.dynalite(Path(folder) / "db") as endpoint,
    ):
        table = aws_servers.make_table(aws_servers.dynamodb(endpoint), "cold-start")
        (Path(folder) / "usual.py").write_text(USUAL)
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(ROOT / "backend"), folder]),
            "TIDEPOST_TABLE": table,
            "TIDEPOST_DYNAMODB_ENDPOINT": endpoint,
            "TIDEPOST_SENDER": "site@example.net",
            "TIDEPOST_RECIPIENT": "owner@example.net",
            "TIDEPOST_MAILER": f"outbox:{folder}/outbox",
            **aws_servers.CREDENTIALS,
        }
        lambda_start = {"AWS_LAMBDA_RUNTIME_API": "measured"}
        count, send = event("counter-count"), event("contact-token")
        cases = {
            "counter (client made at the start)": ("counter.app", count, lambda_start),
            "counter (client made at the first call)": ("counter.app", count, {}),
            "contact (client made at the start)": ("contact.app", send, lambda_start),
            "the usual: boto3.resource at import": ("usual", count, {}),
        }
        register(environ)
        taken: dict[str, list[list[float]]] = {name: [] for name in cases}
        for _ in range(runs + 1):
            for name, (module, given, more) in cases.items():
                taken[name].append(probe(module, given, environ | more))
    head = ("import", "first call", "next", "modules")
    print(f"{f'median of {runs}':42}" + "".join(f"{name:>12}" for name in head))
    for name, rows in taken.items():
        middle = [statistics.median(column) for column in zip(*rows[1:], strict=True)]
        times = "".join(f"{figure:9.0f} ms" for figure in middle[:3])
        print(f"{name:42}{times}{middle[3]:12.0f}")


def event(name: str) -> str:
    """Return an event of the tests."""
    return (ROOT / f"infra/events/{name}.json").read_text("utf-8")


def register(environ: dict[str, str]) -> None:
    """Make the event's page countable."""
    code = "import sys, json, counter.app as a; print(a.handler(json.loads(sys.argv[1]), None))"
    command = [sys.executable, "-c", code, event("counter-register")]
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL)


def probe(module: str, given: str, environ: dict[str, str]) -> list[float]:
    """Return import, first call and second call in milliseconds, and how many modules."""
    command = [sys.executable, "-c", PROBE, module, given]
    done = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return figures


if __name__ == "__main__":
    main()
