"""Messages in DynamoDB.

Items of the table (`pk`, `sk`, both strings; `expires` is the table's TTL attribute):

    MSG     <id>       a message
    DUE     <id>       something is to be done at this message from the time `due` on
    N#<key> -          a number that only lives for a while (limits)
    F#<key> -          the first value given for a key (equal contents)
    SECRET  -          the key behind tokens, ids and hashed senders

Without transactions, the order of writes keeps every message in reach: DUE is written before MSG
and removed after it, so a crash leaves at worst a DUE that leads to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .core import LEASE, Message, State

Item = dict[str, Any]
_NUMBERS = ("received", "due", "attempts", "sent")


class DynamoStore:
    """Messages in one DynamoDB table. The client is made once and is safe between threads."""

    def __init__(self, table: str, client: Any) -> None:
        self._table = table
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

    def put(self, message: Message, keep_seconds: int) -> Message:
        """See Store."""
        if message.state == "pending":
            # Later than the message's own time: who stored it is about to mail it.
            self._set_due(message.id, message.due + LEASE)
        item = {"pk": {"S": "MSG"}, "sk": {"S": message.id}} | _item(message)
        if keep_seconds:
            item["expires"] = {"N": str(message.received + keep_seconds)}
        try:
            self._client.put_item(
                TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        except self._conditional:
            return self.get(message.id) or message
        return message

    def get(self, message_id: str) -> Message | None:
        """See Store."""
        item = self._get(_key(message_id))
        return _message(item) if item else None

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
        return _message(item)

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

    def requeue(self, message_id: str, now: int) -> Message | None:
        """See Store."""
        self._set_due(message_id, now + LEASE)
        try:
            item = self._update(
                _key(message_id),
                "SET #state = :pending, due = :now",
                {
                    ":pending": {"S": "pending"},
                    ":sending": {"S": "sending"},
                    ":now": {"N": str(now)},
                },
                "attribute_exists(pk) AND #state <> :sending",
                {"#state": "state"},
            )
        except self._conditional:
            return None
        return _message(item)

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

    def listing(self, after: str, limit: int) -> Sequence[Message]:
        """See Store."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk" + (" AND sk > :after" if after else ""),
            ExpressionAttributeValues={":pk": {"S": "MSG"}}
            | ({":after": {"S": after}} if after else {}),
            Limit=limit,
            ConsistentRead=True,
        )
        return [_message(item) for item in answer["Items"]]

    def delete(self, message_id: str) -> bool:
        """See Store."""
        gone = self._client.delete_item(
            TableName=self._table, Key=_key(message_id), ReturnValues="ALL_OLD"
        )
        self._set_due(message_id, 0)
        return "Attributes" in gone

    def hit(self, key: str, expires: int) -> int:
        """See Store."""
        item = self._update(
            {"pk": {"S": f"N#{key}"}, "sk": {"S": "-"}},
            "ADD n :one SET expires = :expires",
            {":one": {"N": "1"}, ":expires": {"N": str(expires)}},
        )
        return int(item["n"]["N"])

    def first(self, key: str, value: str, expires: int) -> str:
        """See Store."""
        item = self._update(
            {"pk": {"S": f"F#{key}"}, "sk": {"S": "-"}},
            "SET first_value = if_not_exists(first_value, :value), expires = :expires",
            {":value": {"S": value}, ":expires": {"N": str(expires)}},
        )
        found: str = item["first_value"]["S"]
        return found

    def close(self) -> None:
        """See Store."""
        self._client.close()

    def _get(self, key: Item) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def _update(
        self,
        key: Item,
        change: str,
        values: Item,
        condition: str = "",
        names: dict[str, str] | None = None,
    ) -> Item:
        request: dict[str, Any] = {
            "TableName": self._table,
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


def _item(message: Message) -> Item:
    item: Item = {}
    for name, value in message._asdict().items():
        if name == "reasons":
            item[name] = {"L": [{"S": reason} for reason in value]}
        else:
            item[name] = {"N": str(value)} if name in _NUMBERS else {"S": value}
    return item


def _message(item: Item) -> Message:
    values: dict[str, Any] = {}
    for name in Message._fields:
        if name == "reasons":
            values[name] = tuple(reason["S"] for reason in item[name]["L"])
        else:
            values[name] = int(item[name]["N"]) if name in _NUMBERS else item[name]["S"]
    return Message(**values)
