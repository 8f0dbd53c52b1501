"""Messages in DynamoDB.

Items of the table (`pk`, `sk`, both strings; `expires` is the table's TTL attribute):

    MSG     <id>       how a message stands: its state and the attempts to mail it
    TEXT    <id>       what was written, compressed: `z`
    DUE     <id>       something is to be done at this message from the time `due` on
    WAIT    <turn>#<received>#<id>  it waits for a day with room, because of `why`
    SECRET  -          the key behind tokens and ids

and of the visitors' table, which may be the same one but must not have backups, as a salt in a
backup is not destroyed:

    SENDERS 20261122   the day's salt
    N#<key> -          a number that only lives for a while (limits)
    F#<key> -          the first value given for a key (equal contents)

A write costs one unit for each kilobyte of its item, and a message that is mailed changes three
times. So what never changes is an item of its own, which is written once (docs/cost.md).

Without transactions, the order of writes keeps every message in reach: DUE and TEXT are written
before MSG, and removed after it, so a crash leaves at worst a DUE or a TEXT that leads to nothing.
Messages that were stored before there was TEXT have all of it in MSG, and are read as they are.
"""

from __future__ import annotations

import calendar
import json
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .core import LEASE, Message, State

Item = dict[str, Any]
_NUMBERS = ("received", "due", "attempts", "sent", "turn")
_WRITTEN = ("name", "email", "subject", "message", "page")
"""The fields of a message that never change: they are in TEXT."""


class DynamoStore:
    """Messages in one or two DynamoDB tables. The client is made once, for all threads."""

    def __init__(self, table: str, client: Any, visitors_table: str = "") -> None:
        self._table = table
        self._visitors = visitors_table or table
        self._client = client
        self._conditional = client.exceptions.ConditionalCheckFailedException

    def secret(self, fresh: bytes) -> bytes:
        """See Store."""
        key = {"pk": {"S": "SECRET"}, "sk": {"S": "-"}}
        item = self._get(key)
        if item is None:
            item = self._update(
                key,
                "SET secret = if_not_exists(secret, :fresh)",
                {":fresh": {"B": fresh}},
            )
        found: bytes = item["secret"]["B"]
        return found

    def salt(self, day: str, fresh: bytes) -> bytes:
        """See Store."""
        key = {"pk": {"S": "SENDERS"}, "sk": {"S": day}}
        item = self._get(key, self._visitors)
        if item is None:
            # if_not_exists lets a race have one winner, and tells every loser who won.
            item = self._update(
                key,
                "SET salt = if_not_exists(salt, :salt), expires = :expires",
                {
                    ":salt": {"B": fresh},
                    ":expires": {"N": str(calendar.timegm(time.strptime(day, "%Y%m%d")) + 172_800)},
                },
                table=self._visitors,
            )
            self.destroy_salts(day)
        salt: bytes = item["salt"]["B"]
        return salt

    def destroy_salts(self, day: str) -> None:
        """See Store."""
        answer = self._client.query(
            TableName=self._visitors,
            KeyConditionExpression="pk = :pk AND sk < :day",
            ExpressionAttributeValues={":pk": {"S": "SENDERS"}, ":day": {"S": day}},
        )
        for item in answer["Items"]:
            key = {"pk": item["pk"], "sk": item["sk"]}
            self._client.delete_item(TableName=self._visitors, Key=key)

    def put(self, message: Message, keep_seconds: int) -> Message:
        """See Store."""
        if message.turn:
            why = {"due": {"N": str(message.due)}, "why": {"S": message.reasons[-1]}}
            key = _wait_key(message.turn, message.received, message.id)
            self._client.put_item(TableName=self._table, Item=key | why)
        elif message.state == "pending":
            # Later than the message's own time: who stored it is about to mail it.
            self._set_due(message.id, message.due + LEASE)
        expires = _expires(message, keep_seconds)
        text = _text(message) | expires
        if not self._put_new(text):
            if known := self.get(message.id):
                return known
            # A crash left it behind, or the answer was lost: nobody has got this id yet.
            self._client.put_item(TableName=self._table, Item=text)
        if not self._put_new(_key(message.id) | _item(message) | expires):
            return self.get(message.id) or message
        return message

    def get(self, message_id: str) -> Message | None:
        """See Store."""
        item = self._get(_key(message_id))
        return self._whole(item) if item else None

    def claim(self, message_id: str, claim: str, now: int, until: int) -> Message | None:
        """See Store."""
        try:
            item = self._update(
                _key(message_id),
                # attempts is set and not added to: a repeat after a lost answer changes nothing
                "SET #state = :sending, claim = :claim, due = :until, attempts = "
                "if_not_exists(next_attempt, :one)",
                {
                    ":sending": {"S": "sending"},
                    ":pending": {"S": "pending"},
                    ":claim": {"S": claim},
                    ":now": {"N": str(now)},
                    ":until": {"N": str(until)},
                    ":one": {"N": "1"},
                },
                "(#state = :pending AND due <= :now) OR claim = :claim",
                {"#state": "state"},
            )
        except self._conditional:
            return None
        self._set_due(message_id, until)
        self._end_wait(item)
        return self._whole(item)

    def settle(
        self,
        message: Message,
        state: State,
        due: int,
        error: str = "",
        sent: int = 0,
        mail_id: str = "",
    ) -> bool:
        """See Store."""
        try:
            self._update(
                _key(message.id),
                "SET #state = :state, due = :due, #error = :error, sent = :sent,"
                " mail_id = :mail_id, next_attempt = :next",
                {
                    ":state": {"S": state},
                    ":due": {"N": str(due)},
                    ":error": {"S": error},
                    ":sent": {"N": str(sent)},
                    ":mail_id": {"S": mail_id},
                    ":next": {"N": str(message.attempts + 1)},
                    ":claim": {"S": message.claim},
                },
                "claim = :claim",
                {"#state": "state", "#error": "error"},
            )
        except self._conditional:
            return False
        self._set_due(message.id, due)
        return True

    def requeue(self, message_id: str, now: int, keep_seconds: int) -> Message | None:
        """See Store."""
        message = self.get(message_id)
        if message is None:
            return None
        self._set_due(message_id, now + LEASE)
        expires = _expires(message, keep_seconds)
        # Before the message itself, which must not outlive what was written.
        self._client.put_item(TableName=self._table, Item=_text(message) | expires)
        values = {f":{name}": value for name, value in expires.items()}
        try:
            self._update(
                _key(message_id),
                "SET #state = :pending, due = :now"
                + (", expires = :expires" if expires else " REMOVE expires"),
                {
                    ":pending": {"S": "pending"},
                    ":sending": {"S": "sending"},
                    ":now": {"N": str(now)},
                    **values,
                },
                "attribute_exists(pk) AND #state <> :sending",
                {"#state": "state"},
            )
        except self._conditional:
            return None
        self._end_wait(_item(message) | _key(message_id))
        return message._replace(state="pending", due=now)

    def due(self, now: int, limit: int) -> Sequence[str]:
        """See Store."""
        found: list[str] = []
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "FilterExpression": "due <= :now",
            "ExpressionAttributeValues": {":pk": {"S": "DUE"}, ":now": {"N": str(now)}},
        }
        while len(found) < limit:
            answer = self._client.query(**request)
            for item in answer["Items"]:
                message_id = item["sk"]["S"]
                message = self.get(message_id)
                if message and message.state in ("pending", "sending", "unsure") and message.due:
                    found.append(message_id)
                else:
                    self._set_due(message_id, 0)  # left behind by a crash
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found[:limit]

    def waiting(self, now: int) -> Iterator[str]:
        """See Store."""
        for items in self._waits("due <= :now", {":now": {"N": str(now)}}):
            for item in items:
                message = self.get(item["sk"]["S"].rpartition("#")[2])
                if message and message.state == "pending" and not message.attempts:
                    yield message.id
                else:  # left behind by a crash, as it may be in the middle of being mailed
                    if message and message.state in ("pending", "sending", "unsure"):
                        self._set_due(message.id, message.due)
                    key = {"pk": item["pk"], "sk": item["sk"]}
                    self._client.delete_item(TableName=self._table, Key=key)

    def waits(self) -> Mapping[str, int]:
        """See Store."""
        return Counter(item["why"]["S"] for items in self._waits("", {}) for item in items)

    def listing(self, after: str, limit: int) -> Sequence[Message]:
        """See Store."""
        found: list[Message] = []
        # DynamoDB ends an answer at 1 MB: fewer than were asked for does not mean that it is all.
        for items in self._pages("MSG", after, "", limit):
            texts: dict[str, Item] = {}
            if items:
                first, last = items[0]["sk"]["S"], items[-1]["sk"]["S"]
                for more in self._pages("TEXT", first, last, 0):
                    texts |= {item["sk"]["S"]: item for item in more}
            whole = (_message(item, texts.get(item["sk"]["S"])) for item in items)
            found += [message for message in whole if message]
            if len(found) >= limit:
                break
        return found[:limit]

    def delete(self, message_id: str) -> bool:
        """See Store."""
        gone = self._client.delete_item(
            TableName=self._table, Key=_key(message_id), ReturnValues="ALL_OLD"
        )
        self._end_wait(gone.get("Attributes", {}))
        self._client.delete_item(TableName=self._table, Key=_text_key(message_id))
        self._set_due(message_id, 0)
        return "Attributes" in gone

    def hit(self, key: str, expires: int) -> int:
        """See Store."""
        item = self._update(
            {"pk": {"S": f"N#{key}"}, "sk": {"S": "-"}},
            "ADD n :one SET expires = :expires",
            {":one": {"N": "1"}, ":expires": {"N": str(expires)}},
            table=self._visitors,
        )
        return int(item["n"]["N"])

    def first(self, key: str, value: str, expires: int) -> str:
        """See Store."""
        item = self._update(
            {"pk": {"S": f"F#{key}"}, "sk": {"S": "-"}},
            "SET first_value = if_not_exists(first_value, :value), expires = :expires",
            {":value": {"S": value}, ":expires": {"N": str(expires)}},
            table=self._visitors,
        )
        found: str = item["first_value"]["S"]
        return found

    def close(self) -> None:
        """See Store."""
        self._client.close()

    def _waits(self, condition: str, values: Item) -> Iterator[list[Item]]:
        """Yield the items of those that wait, in the order of turns, as DynamoDB hands them out."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "WAIT"}, **values},
        } | ({"FilterExpression": condition} if condition else {})
        while True:
            answer = self._client.query(**request)
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _end_wait(self, item: Item) -> None:
        """Take a message, as MSG has it, from among those that wait."""
        if "turn" in item and (turn := int(item["turn"]["N"])):
            key = _wait_key(turn, int(item["received"]["N"]), item["sk"]["S"])
            self._client.delete_item(TableName=self._table, Key=key)

    def _get(self, key: Item, table: str = "") -> Item | None:
        answer = self._client.get_item(TableName=table or self._table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def _whole(self, item: Item) -> Message | None:
        """Return a message with what was written; None if that has been forgotten meanwhile."""
        if "message" in item:
            return _message(item, None)
        return _message(item, self._get(_text_key(item["sk"]["S"])))

    def _pages(self, kind: str, after: str, last: str, limit: int) -> Iterator[list[Item]]:
        """Yield the items of a kind as DynamoDB hands them out.

        Those after the id `after`, or from it to `last` where that is given.
        """
        span = "BETWEEN :after AND :last" if last else "> :after"
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": f"pk = :pk AND sk {span}" if after else "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": kind}}
            | ({":after": {"S": after}} if after else {})
            | ({":last": {"S": last}} if last else {}),
            "ConsistentRead": True,
        } | ({"Limit": limit} if limit else {})
        while True:
            answer = self._client.query(**request)
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _put_new(self, item: Item) -> bool:
        try:
            self._client.put_item(
                TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        except self._conditional:
            return False
        return True

    def _update(
        self,
        key: Item,
        change: str,
        values: Item,
        condition: str = "",
        names: dict[str, str] | None = None,
        table: str = "",
    ) -> Item:
        request: dict[str, Any] = {
            "TableName": table or self._table,
            "Key": key,
            "UpdateExpression": change,
            "ExpressionAttributeValues": values,
            "ReturnValues": "ALL_NEW",
        }
        if condition:
            request["ConditionExpression"] = condition
        if names:
            request["ExpressionAttributeNames"] = names
        item: Item = self._client.update_item(**request)["Attributes"]
        return item

    def _set_due(self, message_id: str, due: int) -> None:
        key = {"pk": {"S": "DUE"}, "sk": {"S": message_id}}
        if due:
            self._client.put_item(TableName=self._table, Item=key | {"due": {"N": str(due)}})
        else:
            self._client.delete_item(TableName=self._table, Key=key)


def client(region: str, endpoint: str) -> Any:
    """Return a DynamoDB client; empty texts leave region and endpoint to the environment.

    botocore without boto3's layer above it: the same client in less time.
    """
    import botocore.session
    from botocore.config import Config

    return botocore.session.get_session().create_client(
        "dynamodb",
        region_name=region or None,
        endpoint_url=endpoint or None,
        config=Config(
            connect_timeout=1,
            read_timeout=2,
            # Every write here may be repeated, so the client may try again as it likes.
            retries={"mode": "standard", "total_max_attempts": 4},
            parameter_validation=False,
        ),
    )


def _key(message_id: str) -> Item:
    return {"pk": {"S": "MSG"}, "sk": {"S": message_id}}


def _wait_key(turn: int, received: int, message_id: str) -> Item:
    place = f"{turn:06}#{received:010}#{message_id}"
    return {"pk": {"S": "WAIT"}, "sk": {"S": place}}


def _text_key(message_id: str) -> Item:
    return {"pk": {"S": "TEXT"}, "sk": {"S": message_id}}


def _expires(message: Message, keep_seconds: int) -> Item:
    return {"expires": {"N": str(message.received + keep_seconds)}} if keep_seconds else {}


def _text(message: Message) -> Item:
    written = [getattr(message, name) for name in _WRITTEN]
    raw = json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode()
    return _text_key(message.id) | {"z": {"B": zlib.compress(raw, 9)}}


def _item(message: Message) -> Item:
    item: Item = {}
    for name, value in message._asdict().items():
        if name == "reasons":
            item[name] = {"L": [{"S": reason} for reason in value]}
        elif name not in _WRITTEN:
            item[name] = {"N": str(value)} if name in _NUMBERS else {"S": value}
    return item


def _message(item: Item, text: Item | None) -> Message | None:
    """Put a message together; None where it has no text."""
    values: dict[str, Any] = {}
    if text is not None:
        values = dict(zip(_WRITTEN, json.loads(zlib.decompress(text["z"]["B"])), strict=True))
    elif "message" not in item:
        return None
    for name in Message._fields:
        if name in values or (name not in item and name in Message._field_defaults):
            continue  # older versions did not write every field
        if name == "reasons":
            values[name] = tuple(reason["S"] for reason in item[name]["L"])
        else:
            values[name] = int(item[name]["N"]) if name in _NUMBERS else item[name]["S"]
    return Message(**values)
