"""The functions as Lambda runs them: by the runtime interface client, from the folder `backend`.

The emulator ends what takes longer than a busy machine needs, and the functions see nothing of this
repository but the files that are deployed. The events are those of `infra/events/`, for `sam local
invoke`.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import socket
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.adapters.aws.lambda_package import read_template
from generator.adapters.functions import CloudFunctions, FunctionError, every, register_paths
from tests.support import aws_servers
from tests.support.infra import TEMPLATE
from tests.support.lambda_emulator import lambda_emulator
from tests.support.tools import ROOT, free_port, process, wait_until

EVENTS = ROOT / "infra" / "events"
Invoke = Any


@contextlib.contextmanager
def function(handler: str, folder: Path, environ: dict[str, str]) -> Iterator[Invoke]:
    port, inner = free_port(), free_port()
    command = [
        lambda_emulator(),
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{port}",
        "--runtime-api-address",
        f"127.0.0.1:{inner}",
        sys.executable,
        "-m",
        "awslambdaric",
        handler,
    ]
    settings = {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "100",
        "AWS_LAMBDA_FUNCTION_NAME": handler.partition(".")[0],
        **aws_servers.CREDENTIALS,
        **environ,
    }
    with process(command, cwd=folder, env=settings):
        wait_until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)

        def invoke(event: str) -> Any:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations",
                (EVENTS / f"{event}.json").read_bytes(),
            )
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)

        invoke.address = f"http://127.0.0.1:{port}"  # type: ignore[attr-defined]
        yield invoke


def test_each_function_has_events_and_each_event_is_invoked_here() -> None:
    functions = {
        name.lower()
        for name, resource in read_template(TEMPLATE)["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    events = {file.stem for file in EVENTS.glob("*.json")}
    assert {name.partition("-")[0] for name in events} == functions
    tree = ast.parse(Path(__file__).read_text("utf-8"))
    invoked = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "invoke"
        and isinstance(call.args[0], ast.Constant)
    }
    assert invoked == events


def test_gate(tmp_path: Path) -> None:
    """What lets in only what came through the distribution; its code is in the template."""
    code = read_template(TEMPLATE)["Resources"]["Gate"]["Properties"]["InlineCode"]
    (tmp_path / "index.py").write_text(code, encoding="utf-8")
    environ = {"EDGE_KEY": "the-secret-of-the-distribution"}
    with function("index.handler", tmp_path, environ) as invoke:
        assert invoke("gate-allow") == {"isAuthorized": True}
        assert invoke("gate-refuse") == {"isAuthorized": False}


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """What `CodeUri: ../backend` puts into the function."""
    shutil.copytree(
        ROOT / "backend", tmp_path / "task", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path / "task"


def test_counter(deployed: Path, dynalite: str) -> None:
    table = aws_servers.make_table(aws_servers.dynamodb(dynalite), "lambda-counts")
    environ = {
        "TIDEPOST_TABLE": table,
        "TIDEPOST_STAGE": "test",
        "TIDEPOST_DYNAMODB_ENDPOINT": dynalite,
    }
    with function("counter.app.handler", deployed, environ) as invoke:
        assert json.loads(invoke("counter-health")["body"]) == {"ok": True, "stage": "test"}
        assert invoke("counter-register") == {"pages": 2, "new": 2, "gone": 0, "left": 0}
        for _ in range(2):  # the same event twice is one view
            answer = invoke("counter-count")
            assert answer["statusCode"] == 200
        assert json.loads(invoke("counter-read")["body"]) == {
            "counts": {"/posts/hello/": {"views": 1, "visitors": 1}},
            "site": {"views": 1, "visitors": 1},
        }
        assert [page["views"] for page in invoke("counter-stats")["pages"]] == [1, 0, 1]
        assert invoke("counter-maintain") == {"days_filed": 0, "pages_left": 0}


def test_contact(deployed: Path, dynalite: str, tmp_path: Path) -> None:
    table = aws_servers.make_table(aws_servers.dynamodb(dynalite), "lambda-messages")
    environ = {
        "TIDEPOST_TABLE": table,
        "TIDEPOST_DYNAMODB_ENDPOINT": dynalite,
        "TIDEPOST_MAILER": f"outbox:{tmp_path / 'outbox'}",
        "TIDEPOST_SENDER": "site@example.net",
        "TIDEPOST_RECIPIENT": "owner@example.net",
    }
    with function("contact.app.handler", deployed, environ) as invoke:
        assert "token" in json.loads(invoke("contact-token")["body"])
        assert invoke("contact-send")["statusCode"] == 303
        assert [item["state"] for item in invoke("contact-list")["items"]] == ["sent"]
        assert invoke("contact-retry") == {"sent": 0, "pending": 0, "unsure": 0, "failed": 0}
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1


def test_the_owners_side_invokes_through_lambdas_api(
    deployed: Path, dynalite: str, tmp_path: Path
) -> None:
    """boto3 speaks to the emulator as it does to Lambda; all answers, over several calls."""
    table = aws_servers.make_table(aws_servers.dynamodb(dynalite), "lambda-owner")
    environ = {"TIDEPOST_TABLE": table, "TIDEPOST_DYNAMODB_ENDPOINT": dynalite}
    with function("counter.app.handler", deployed, environ) as invoke:
        owner = CloudFunctions("function", "none", region="eu-west-1", endpoint_url=invoke.address)
        paths = [f"/p{i:03}/" for i in range(250)]
        assert register_paths(owner, paths) == (250, 0)
        told = list(every(owner.counter, {"action": "stats"}, "pages"))
        assert [page["path"] for page in told] == ["*", *paths]
        assert register_paths(owner, paths[:249]) == (0, 1)
        with pytest.raises(FunctionError, match="unknown action"):
            owner.counter({"action": "drop"})
    unreachable = CloudFunctions(
        "function", "none", region="eu-west-1", endpoint_url=invoke.address
    )
    with pytest.raises(FunctionError, match="could not be invoked"):
        unreachable.counter({"action": "health"})
