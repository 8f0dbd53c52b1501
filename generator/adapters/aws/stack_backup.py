"""The data of a stack: written to files, put back, and deleted for good."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generator.adapters.aws.account import Account, code_of, told
from generator.adapters.aws.cloudformation import SDK


def rows(account: Account, table: str) -> Iterator[dict[str, Any]]:
    """Go through all items of a table, in DynamoDB's own JSON."""
    client = account.client("dynamodb")
    try:
        for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            yield from page["Items"]
    except SDK as error:
        raise told(error, f"reading the table {table}") from None


def export_table(account: Account, table: str, file: Path) -> int:
    """Write a table's items to a file, one a line, and return how many there were.

    The file holds what people wrote to the owner, so only its owner may read it.
    """
    count = 0
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for item in rows(account, table):
            out.write(json.dumps(item, default=_binary, ensure_ascii=False, sort_keys=True) + "\n")
            count += 1
    return count


def import_table(account: Account, table: str, file: Path) -> tuple[int, int]:
    """Put the items of an export into a table; what is there already stays as it is.

    Returns how many were put in and how many were there.
    """
    client = account.client("dynamodb")
    new = there = 0
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                client.put_item(
                    TableName=table,
                    Item=json.loads(line, object_hook=_from_binary),
                    ConditionExpression="attribute_not_exists(pk)",
                )
                new += 1
            except SDK as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise told(error, f"writing to the table {table}") from None
                there += 1
    return new, there


def unprotect(account: Account, tables: list[str]) -> None:
    """Allow that tables are deleted."""
    client = account.client("dynamodb")
    try:
        for table in tables:
            client.update_table(TableName=table, DeletionProtectionEnabled=False)
    except SDK as error:
        raise told(error, "lifting the tables' protection") from None


def delete_data(account: Account, bucket: str, tables: list[str]) -> None:
    """Delete tables, and a bucket with all versions of all its objects. There is no way back."""
    client, s3 = account.client("dynamodb"), account.client("s3")
    try:
        for table in tables:
            try:
                client.delete_table(TableName=table)
            except SDK as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
        if not bucket:
            return
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            refs = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            if refs:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": refs, "Quiet": True})
        s3.delete_bucket(Bucket=bucket)
    except SDK as error:
        if code_of(error) != "NoSuchBucket":
            raise told(error, "deleting the data") from None


def _binary(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$binary": base64.b64encode(value).decode("ascii")}
    raise TypeError(type(value))


def _from_binary(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$binary"]) if set(value) == {"$binary"} else value
