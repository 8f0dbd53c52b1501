"""What a role may do by the rules of IAM: a denial wins, and a boundary allows nothing by itself.

Source: IAM User Guide, "Policy evaluation logic" (within one account) and "IAM JSON policy
elements: Condition operators". moto calls every resource but S3's `*`, takes a condition that does
not hold for a denial, and knows no boundary; `Asked` tells what a request is about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import unescape

Document = Mapping[str, Any]
_RIGHTS = {"lambda:Invoke": "lambda:InvokeFunction", "s3:HeadBucket": "s3:ListBucket"}
"""Operations whose right has another name (Service Authorization Reference)."""


def allows(
    policies: Iterable[Document],
    action: str,
    resource: str,
    context: Mapping[str, str] | None = None,
    boundary: Document | None = None,
) -> bool:
    """Return whether the policies of a role allow an action on a resource."""
    given, policies = context or {}, list(policies)
    statements = [one for policy in policies for one in _list(policy["Statement"])]
    limit = _list(boundary["Statement"]) if boundary else []
    concerned = [one for one in statements + limit if _concerns(one, action, resource, given)]
    if any(one["Effect"] == "Deny" for one in concerned):
        return False
    return any(one in statements for one in concerned) and (
        boundary is None or any(one in limit for one in concerned)
    )


def _concerns(statement: Document, action: str, resource: str, given: Mapping[str, str]) -> bool:
    for element, value, by_case in (("Action", action, False), ("Resource", resource, True)):
        if element in statement:
            if not _any_matches(statement[element], value, by_case):
                return False
        elif _any_matches(statement[f"Not{element}"], value, by_case):
            return False
    return all(
        _holds(operator, key, _list(expected), given)
        for operator, keys in statement.get("Condition", {}).items()
        for key, expected in keys.items()
    )


def _holds(operator: str, key: str, expected: list[Any], given: Mapping[str, str]) -> bool:
    if operator == "Null":
        return (key not in given) == (str(expected[0]).lower() == "true")
    kind, negated = operator.replace("Not", ""), "Not" in operator
    if kind not in ("StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool"):
        raise ValueError(f"the condition operator {operator} is not known here")
    if key not in given:
        return negated
    if kind == "StringEquals":
        found = given[key] in expected
    else:
        found = _any_matches([str(one) for one in expected], given[key], True)
    return found != negated


def _any_matches(patterns: Any, value: str, by_case: bool) -> bool:
    return any(
        re.fullmatch(
            re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."),
            value,
            0 if by_case else re.IGNORECASE,
        )
        for pattern in _list(patterns)
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Asked:
    """What a request to moto is about, as IAM sees it."""

    def __init__(self, request: Any) -> None:
        self._account, self._region = request.account_id, request._region
        self._path, self._service = unquote(request._path), request._service
        action, body = request._action, request._body or b""
        # Of the query protocol moto hands on the form, of the others the body.
        self._sent: dict[str, Any] = (
            json.loads(body)
            if body[:1] in (b"{", "{")
            else {key: value[0] for key, value in dict(request._data).items() if value}
        )
        self._body = body
        self.action = _RIGHTS.get(action, action)

    def keys(self, resource: str) -> list[str]:
        """What S3 judges by: the resource, or each object of one request that deletes many."""
        if self.action != "s3:DeleteObject" or "/" in resource:
            return [resource]
        body = self._body.decode() if isinstance(self._body, bytes) else self._body
        return [f"{resource}/{unescape(key)}" for key in re.findall("<Key>(.*?)</Key>", body)]

    @property
    def resource(self) -> str:
        """The ARN; `*` where the action knows none, or is not used in these tests."""
        here, sent = f"{self._region}:{self._account}", self._sent
        match self._service:
            case "iam" if "RoleName" in sent:
                return f"arn:aws:iam::{self._account}:role/{sent['RoleName']}"
            case "iam" if "PolicyArn" in sent:
                return str(sent["PolicyArn"])
            case "lambda" if found := re.search(r"/functions/([^/?]+)", self._path):
                return f"arn:aws:lambda:{here}:function:{found[1].rpartition(':')[2]}"
            case "cloudfront" if found := re.search(
                r"/(distribution|function)/([^/?]+)", self._path
            ):
                return f"arn:aws:cloudfront::{self._account}:{found[1]}/{found[2]}"
            case "cloudformation" if "StackName" in sent:
                name = sent["StackName"]
                return name if ":" in name else f"arn:aws:cloudformation:{here}:stack/{name}/x"
            case "dynamodb" if "TableName" in sent:
                return f"arn:aws:dynamodb:{here}:table/{sent['TableName']}"
            case "ssm" if "Name" in sent:
                return f"arn:aws:ssm:{here}:parameter/{sent['Name'].lstrip('/')}"
        return "*"

    def context(self, boundary_of: Any) -> dict[str, str]:
        """The condition keys; `boundary_of` tells the boundary that a role has, by its name."""
        if self._service != "iam" or "RoleName" not in self._sent:
            return {}
        boundary = self._sent.get("PermissionsBoundary") or boundary_of(self._sent["RoleName"])
        return {"iam:PermissionsBoundary": boundary} if boundary else {}
