"""Counts in DynamoDB.

A view is counted by one conditional write. The item that holds a page's numbers also remembers the
ids of the views of the last minutes, so "add one, unless this view is in it" is a single atomic
step. It can be repeated after any time-out, reset or lost answer, needs no transaction, and costs
one write unit for each kilobyte of the item. The ids are kept in attributes named after the
half-minute bucket they came in (`k59850000`), which a later write removes.

Items of the DynamoDB table (`pk`, `sk`, both strings):

    P#/posts/x/  S#0           one shard of a page's numbers; P#* is the whole site
    P#/posts/x/  D#2026-11-22#0  one closed day of that shard
    PAGES        /posts/x/     the list of pages of the release

and of the visitors' table, which may be the same one but must not have backups, as a salt in a
backup is not destroyed:

    SALT         20261122      the day's salt
    U#20261122#… /posts/x/     this visitor has seen this page today: its first view (f), its last
                               (l) with the time (t), how many (n), and the time of each (w…)
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .core import BUCKET, SITE, SITE_SHARDS, Count
from .store import DAY, Item, Page, PageHistory, Registered, Visit, dashed, day_of, midnight

_MOST_NOTED = 50
"""Ids of views in a visitor's note, which stays below a kilobyte: one write unit."""


class DynamoStore:
    """Counts in one or two DynamoDB tables. Clients are made once and are safe between threads."""

    def __init__(self, table: str, visitors_table: str, client: Any) -> None:
        self._table = table
        self._visitors = visitors_table
        self._client = client
        self._conditional = client.exceptions.ConditionalCheckFailedException

    def pages(self, paths: Sequence[str]) -> dict[str, Page]:
        """See Store."""
        if len(paths) == 1:
            shards = self._shards(paths[0])
            return {paths[0]: _page(paths[0], shards)} if _countable(shards) else {}
        found: dict[str, list[Item]] = {path: [] for path in paths}
        keys = [(path, 0) for path in paths]
        for item in self._batch(keys):
            found[_path(item)].append(item)
        spread = [
            (path, shard)
            for path, items in found.items()
            for shard in range(1, _number(items[0], "n") if items else 0)
        ]
        for item in self._batch(spread):
            found[_path(item)].append(item)
        return {path: _page(path, items) for path, items in found.items() if _countable(items)}

    def salt(self, day: str, fresh: bytes) -> bytes:
        """See Store."""
        key = {"pk": {"S": "SALT"}, "sk": {"S": day}}
        known = self._client.get_item(TableName=self._visitors, Key=key, ConsistentRead=True)
        if "Item" not in known:
            # if_not_exists lets a race have one winner, and tells every loser who won.
            known = {
                "Item": self._client.update_item(
                    TableName=self._visitors,
                    Key=key,
                    UpdateExpression="SET salt = if_not_exists(salt, :salt), expires = :expires",
                    ExpressionAttributeValues={
                        ":salt": {"B": fresh},
                        ":expires": {"N": str(midnight(day) + 2 * DAY)},
                    },
                    ReturnValues="ALL_NEW",
                )["Attributes"]
            }
            self._destroy_salts(day)
        salt: bytes = known["Item"]["salt"]["B"]
        return salt

    def visit(
        self, day: str, visitor: str, path: str, view: str, now: int, reload: int, most: int
    ) -> Visit:
        """See Store."""
        key = {"pk": {"S": f"U#{day}#{visitor}"}, "sk": {"S": path}}
        noted = f"w{view}"
        values: Item = {
            ":view": {"S": view},
            ":now": {"N": str(now)},
            ":one": {"N": "1"},
            ":most": {"N": str(most or _MOST_NOTED)},
            ":expires": {"N": str(midnight(day) + 2 * DAY)},
        }
        condition = (
            "attribute_not_exists(#w) AND (attribute_not_exists(f) OR f <> :view AND l <> :view)"
            " AND (attribute_not_exists(n) OR n < :most)"
        )
        if reload:
            condition += " AND (attribute_not_exists(t) OR t <= :before)"
            values[":before"] = {"N": str(now - reload)}
        try:
            # A repeat after a lost answer finds its view noted, so nothing is added twice.
            note = self._client.update_item(
                TableName=self._visitors,
                Key=key,
                UpdateExpression="SET f = if_not_exists(f, :view), l = :view, t = :now, #w = :now,"
                " expires = :expires ADD n :one",
                ConditionExpression=condition,
                ExpressionAttributeNames={"#w": noted},
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )["Attributes"]
        except self._conditional:
            answer = self._client.get_item(TableName=self._visitors, Key=key, ConsistentRead=True)
            note = answer["Item"]
            if noted in note or view in (note["f"]["S"], note["l"]["S"]):
                # Older versions noted the time of the last view only.
                if now - _number(note, noted if noted in note else "t") > BUCKET:
                    return "repeat"
            elif reload and _number(note, "t") > now - reload:
                return "recent"
            elif most:
                return "often"
            else:
                self._client.update_item(
                    TableName=self._visitors,
                    Key=key,
                    UpdateExpression="SET l = :view, t = :now",
                    ExpressionAttributeValues={":view": {"S": view}, ":now": {"N": str(now)}},
                )
        return "first" if note["f"]["S"] == view else "known"

    def add(
        self, page: Page, view: str, day: str, amounts: Mapping[str, int], now: int
    ) -> Page | None:
        """See Store."""
        shards = sorted(page.shards, key=lambda item: _shard(item))
        at = _spread(view, len(shards))
        bucket = now // BUCKET
        old = [name for name in shards[at] if _bucket(name) and _bucket(name) < bucket - 1]
        names = {f"#k{i}": f"k{bucket + i}" for i in (-1, 0, 1)}
        names = {key.replace("-", "_"): name for key, name in names.items()}
        values: Item = {":view": {"S": view}, ":views": {"SS": [view]}}
        adds = ["#k0 :views"]
        for i, (name, amount) in enumerate(_with_day(amounts, day).items()):
            names[f"#n{i}"] = name
            values[f":n{i}"] = {"N": str(amount)}
            adds.append(f"#n{i} :n{i}")
        removes = []
        for i, name in enumerate(old):
            names[f"#o{i}"] = name
            removes.append(f"#o{i}")
        key = {"pk": {"S": f"P#{page.path}"}, "sk": {"S": f"S#{_shard(shards[at])}"}}
        try:
            # A clock may run ahead or behind by seconds: three buckets are asked, not two.
            shards[at] = self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression="ADD "
                + ", ".join(adds)
                + (" REMOVE " + ", ".join(removes) if removes else ""),
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(gone)"
                " AND NOT contains(#k_1, :view) AND NOT contains(#k0, :view)"
                " AND NOT contains(#k1, :view)",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )["Attributes"]
        except self._conditional:
            item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
            if "Item" not in item or "gone" in item["Item"]:
                return None
            shards[at] = item["Item"]
        return _page(page.path, shards)

    def register(
        self,
        paths: Sequence[str],
        shards: Mapping[str, int],
        keep: bool,
        now: int,
        more_time: Callable[[], bool],
    ) -> Registered:
        """See Store."""
        from concurrent.futures import ThreadPoolExecutor

        listed = self._query(self._table, "PAGES")
        known = {item["sk"]["S"]: _number(item, "n") for item in listed}
        open_now = {item["sk"]["S"] for item in listed if "gone" not in item}
        wanted = {path: shards.get(path, 1) for path in paths} | {SITE: SITE_SHARDS}
        # Never fewer shards than before: what they hold is part of the count.
        wanted = {path: max(1, n, known.get(path, 0)) for path, n in wanted.items()}
        new = [p for p, n in wanted.items() if p not in open_now or known[p] < n]
        gone = [] if keep else [path for path in sorted(open_now) if path not in wanted]
        done = 0
        with ThreadPoolExecutor(8) as pool:
            jobs = [(self._list_page, (path, wanted[path], now)) for path in new]
            jobs += [(self._unlist_page, (path, known[path], now)) for path in gone]
            for start in range(0, len(jobs), 64):
                if not more_time():
                    break
                for _ in pool.map(lambda job: job[0](*job[1]), jobs[start : start + 64]):
                    done += 1
        pages = len([path for path in new if path != SITE])
        return Registered(len(wanted) - 1, pages, len(gone), len(jobs) - done)

    def listing(self, after: str, limit: int) -> list[str]:
        """See Store."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk" + (" AND sk > :after" if after else ""),
            ExpressionAttributeValues={":pk": {"S": "PAGES"}}
            | ({":after": {"S": after}} if after else {}),
            Limit=limit,
        )
        return [item["sk"]["S"] for item in answer["Items"]]

    def history(self, path: str, since: str) -> PageHistory:
        """See Store."""
        shards, reasons = list[Item](), dict[str, int]()
        parts: dict[tuple[str, int], Count] = {}  # a day being filed may be found twice: once is it
        for item in self._query(self._table, f"P#{path}", (f"D#{since}", "S$")):
            kind, *rest = item["sk"]["S"].split("#")
            if kind == "D":
                parts[rest[0], int(rest[1])] = _count(item)
                continue
            shards.append(item)
            for day in {dashed(day) for name in item if (day := _open_day(name))}:
                if day >= since:
                    parts[day, _shard(item)] = _count(item, day.replace("-", ""))
            for name in item:
                if name.startswith("b_"):
                    reasons[name[2:]] = reasons.get(name[2:], 0) + _number(item, name)
        days: dict[str, Count] = {}
        for (day, _), count in sorted(parts.items()):
            days[day] = _plus(days.get(day), count)
        return PageHistory(path, _page(path, shards).numbers, reasons, days, _countable(shards))

    def maintain(self, now: int, keep_days: int, more_time: Callable[[], bool]) -> dict[str, int]:
        """See Store."""
        self._destroy_salts(day_of(now))
        from concurrent.futures import ThreadPoolExecutor

        filed, after, left = 0, "", 0
        closed_before = day_of(now - DAY)
        with ThreadPoolExecutor(8) as pool:
            while paths := self.listing(after, 100):
                after = paths[-1]
                if more_time():
                    filed += sum(
                        pool.map(lambda p: self._file_page(p, closed_before, keep_days), paths)
                    )
                else:
                    left += len(paths)
        return {"days_filed": filed, "pages_left": left}

    def close(self) -> None:
        """See Store."""
        self._client.close()

    def _file_page(self, path: str, before: str, keep_days: int) -> int:
        shards = self._shards(path)
        return sum(self._file_days(path, shard, before, keep_days) for shard in shards)

    def _file_days(self, path: str, shard: Item, before: str, keep_days: int) -> int:
        """Move the days before `before` into items of their own, so that the hot item stays small.

        Such a day changes no more, so writing it again after a crash writes the same numbers.
        """
        days = sorted({day for name in shard if (day := _open_day(name)) and day < before})
        for day in days:
            item: Item = {
                "pk": {"S": f"P#{path}"},
                "sk": {"S": f"D#{dashed(day)}#{_shard(shard)}"},
            }
            kept = {name: shard[name + day] for name in "vub" if name + day in shard}
            if keep_days:
                item["expires"] = {"N": str(midnight(day) + keep_days * DAY)}
            self._client.put_item(TableName=self._table, Item=item | kept)
            self._client.update_item(
                TableName=self._table,
                Key={"pk": shard["pk"], "sk": shard["sk"]},
                UpdateExpression="REMOVE " + ", ".join(f"#{name}" for name in kept),
                ExpressionAttributeNames={f"#{name}": name + day for name in kept},
            )
        return len(days)

    def _destroy_salts(self, day: str) -> None:
        for item in self._query(self._visitors, "SALT"):
            if item["sk"]["S"] < day:
                self._client.delete_item(
                    TableName=self._visitors, Key={"pk": item["pk"], "sk": item["sk"]}
                )

    def _list_page(self, path: str, shards: int, now: int) -> None:
        """Shards first and the list last: a call that dies in between is simply done again."""
        for shard in reversed(range(shards)):
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": f"P#{path}"}, "sk": {"S": f"S#{shard}"}},
                UpdateExpression="SET made = if_not_exists(made, :now), n = :n REMOVE gone",
                ExpressionAttributeValues={":now": {"N": str(now)}, ":n": {"N": str(shards)}},
            )
        self._client.put_item(
            TableName=self._table,
            Item={"pk": {"S": "PAGES"}, "sk": {"S": path}, "n": {"N": str(shards)}},
        )

    def _unlist_page(self, path: str, shards: int, now: int) -> None:
        for shard in range(shards):
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": f"P#{path}"}, "sk": {"S": f"S#{shard}"}},
                UpdateExpression="SET gone = :now",
                ExpressionAttributeValues={":now": {"N": str(now)}},
            )
        self._client.update_item(
            TableName=self._table,
            Key={"pk": {"S": "PAGES"}, "sk": {"S": path}},
            UpdateExpression="SET gone = :now",
            ExpressionAttributeValues={":now": {"N": str(now)}},
        )

    def _shards(self, path: str) -> list[Item]:
        return self._query(self._table, f"P#{path}", ("S#", "S$"))

    def _query(self, table: str, pk: str, between: tuple[str, str] | None = None) -> list[Item]:
        request: dict[str, Any] = {
            "TableName": table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
        }
        if between:
            request["KeyConditionExpression"] += " AND sk BETWEEN :low AND :high"
            request["ExpressionAttributeValues"] |= {
                ":low": {"S": between[0]},
                ":high": {"S": between[1]},
            }
        items: list[Item] = []
        while True:
            answer = self._client.query(**request)
            items += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return items
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _batch(self, keys: Iterable[tuple[str, int]]) -> list[Item]:
        """BatchGetItem, a hundred keys at a time, asking again for what was not processed."""
        todo: list[Item] = [
            {"pk": {"S": f"P#{path}"}, "sk": {"S": f"S#{shard}"}} for path, shard in keys
        ]
        items: list[Item] = []
        tries = 0
        while todo:
            asked, todo = todo[:100], todo[100:]
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": asked}})
            items += answer["Responses"].get(self._table, [])
            unprocessed = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            tries += bool(unprocessed)
            if tries > 20:
                raise TimeoutError("the table is too busy")
            todo += unprocessed
        return items


def client(region: str, endpoint: str, *, patient: bool = False) -> Any:
    """Return a DynamoDB client; empty texts leave region and endpoint to the environment.

    A reader's request fails fast: two tries of a second each, a twentieth of a second apart, so
    that views which a hot item refuses do not take up the account's executions. The browser comes
    again. A `patient` one, for the owner and the schedule, tries four times with growing pauses.

    botocore without boto3's layer above it: the same client in less time.
    """
    import botocore.session
    from botocore.config import Config

    # Every write here may be repeated, so the client may try again as it likes. The mode "standard"
    # waits up to a second before its second try; "legacy" has DynamoDB's own 50 ms.
    return botocore.session.get_session().create_client(
        "dynamodb",
        region_name=region or None,
        endpoint_url=endpoint or None,
        config=Config(
            connect_timeout=1,
            read_timeout=2 if patient else 1,
            retries={
                "mode": "standard" if patient else "legacy",
                "total_max_attempts": 4 if patient else 2,
            },
            max_pool_connections=16,
            parameter_validation=False,
        ),
    )


def _path(item: Item) -> str:
    path: str = item["pk"]["S"][2:]
    return path


def _shard(item: Item) -> int:
    return int(item["sk"]["S"][2:])


def _number(item: Item, name: str) -> int:
    return int(item[name]["N"]) if name in item else 0


def _count(item: Item, day: str = "") -> Count:
    return Count(*(_number(item, name + day) for name in "vub"))


def _plus(one: Count | None, other: Count) -> Count:
    return Count(*(a + b for a, b in zip(one or Count(), other, strict=True)))


def _page(path: str, shards: Sequence[Item]) -> Page:
    count = Count()
    for item in shards:
        count = _plus(count, _count(item))
    return Page(path, count, shards)


def _countable(shards: Sequence[Item]) -> bool:
    return any("gone" not in item for item in shards)


def _spread(view: str, shards: int) -> int:
    """Choose a shard by the view's key, so that a repeat meets its own first attempt."""
    return zlib.crc32(view.encode()) % shards


def _bucket(name: str) -> int:
    return int(name[1:]) if name[0] == "k" and name[1:].isdigit() else 0


def _open_day(name: str) -> str:
    return name[1:] if name[0] in "vub" and name[1:].isdigit() else ""


def _with_day(amounts: Mapping[str, int], day: str) -> dict[str, int]:
    """`v` counts in all and on its day; the reasons of bots (`b_…`) are counted in all only."""
    by_day = {name + day: amount for name, amount in amounts.items() if len(name) == 1}
    return {**amounts, **by_day}
