"""Fixtures shared by the tests of infra/."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from tests.support import s3_servers
from tests.support.caddy import context, server  # noqa: F401 (fixtures)
from tests.support.infra import ROOT
from tests.support.tools import free_port, process, wait_until


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the one test that mostly waits, so that others run meanwhile."""
    items.sort(key=lambda item: item.name != "test_it_is_made_once_and_changed_no_more")


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the owner's own account may reach a test, and no test any account."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_servers.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_servers.SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", s3_servers.REGION)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("SAM_CLI_TELEMETRY", "0")


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    port = free_port()
    environment = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    command = [sys.executable, "-m", "tests.infra.moto_server", str(port)]
    with process(command, cwd=ROOT, env=environment):
        wait_until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)
        yield f"http://127.0.0.1:{port}"
