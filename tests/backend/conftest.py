"""Fixtures shared by the backend's tests."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import aws_servers

_numbers = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def _credentials() -> Iterator[None]:
    """Made-up credentials, so that no test can reach a real account."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws_servers.CREDENTIALS.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        yield


@pytest.fixture(scope="session")
def dynalite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with aws_servers.dynalite(tmp_path_factory.mktemp("dynalite")) as address:
        yield address


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    with aws_servers.moto() as address:
        yield address


@pytest.fixture(scope="session")
def counter_client() -> Callable[[str], Any]:
    """Return what gives the counter's client for an endpoint; one takes a twentieth of a second."""
    return functools.cache(aws_servers.dynamodb)


@pytest.fixture(scope="session")
def contact_client() -> Callable[[str], Any]:
    """Return what gives the form's client for an endpoint."""
    from backend.contact.store_dynamodb import client

    return functools.cache(
        lambda endpoint: aws_servers.patient(lambda: client("eu-west-1", endpoint))
    )


@pytest.fixture(params=["sqlite", "dynalite", "moto"])
def make_counter_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Any]:
    """Return a function that opens the counter's store; each call a new connection to one store."""
    if request.param == "sqlite":
        from backend.counter.store_sqlite import SqliteStore

        return lambda: SqliteStore(tmp_path / "counter.sqlite")
    from backend.counter.store_dynamodb import DynamoStore

    endpoint = request.getfixturevalue(request.param)
    client = request.getfixturevalue("counter_client")(endpoint)
    number = next(_numbers)
    table = aws_servers.make_table(client, f"counts-{number}")
    visitors = aws_servers.make_table(client, f"visitors-{number}")
    return lambda: DynamoStore(table, visitors, client)


@pytest.fixture(params=["sqlite", "dynalite", "moto"])
def make_contact_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Any]:
    """Return a function that opens the form's store; each call a new connection to one store."""
    if request.param == "sqlite":
        from backend.contact.store_sqlite import SqliteStore

        return lambda: SqliteStore(tmp_path / "contact.sqlite")
    from backend.contact.store_dynamodb import DynamoStore

    endpoint = request.getfixturevalue(request.param)
    opened, number = request.getfixturevalue("contact_client")(endpoint), next(_numbers)
    table = aws_servers.make_table(opened, f"messages-{number}")
    visitors = aws_servers.make_table(opened, f"senders-{number}")
    return lambda: DynamoStore(table, opened, visitors)
