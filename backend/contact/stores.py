"""Opens the store that the settings name."""

from __future__ import annotations

from collections.abc import Mapping

from .store import Store


def open_store(environ: Mapping[str, str]) -> Store:
    """Open the store that `TIDEPOST_STORE` names. Raises ValueError for an unknown kind."""
    kind, _, path = environ.get("TIDEPOST_STORE", "dynamodb").partition(":")
    if kind == "sqlite" and path:
        from .store_sqlite import SqliteStore  # each is loaded only where it is used

        return SqliteStore(path)
    if kind != "dynamodb" or path:
        raise ValueError("TIDEPOST_STORE: `dynamodb` or `sqlite:PATH`")
    from .store_dynamodb import DynamoStore, client

    return DynamoStore(
        environ["TIDEPOST_TABLE"],
        client(environ.get("AWS_REGION", ""), environ.get("TIDEPOST_DYNAMODB_ENDPOINT", "")),
        environ.get("TIDEPOST_VISITORS_TABLE", ""),
    )
