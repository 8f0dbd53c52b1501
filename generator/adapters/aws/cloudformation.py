"""A CloudFormation stack: what a change would do, doing it, and taking the stack away.

Every change is a change set: it is made, looked at, and only then carried out or thrown away
(CloudFormation User Guide, "Update CloudFormation stacks using change sets").
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import botocore.exceptions
import msgspec

from generator.adapters.aws.account import Account, code_of, told
from generator.adapters.aws.lambda_package import Code
from generator.publish.store import StoreError

SDK = (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)
POLL_SECONDS = 2.0
MOST_SECONDS = 3 * 3600.0
"""A certificate may wait long for its owner to make a DNS record."""

_NOTHING = ("didn't contain changes", "no updates are to be performed")
_BROKEN = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What would happen to one resource; `replaced` is "", "yes" or "perhaps"."""

    action: str
    name: str
    kind: str
    replaced: str = ""
    properties: tuple[str, ...] = ()


class ChangeSet(msgspec.Struct, frozen=True, kw_only=True):
    """A change set that waits. `stack_is_new` says that throwing it away takes the stack too."""

    name: str
    stack_is_new: bool
    changes: tuple[Change, ...]


class Event(NamedTuple):
    """One thing that happened to a resource."""

    id: str
    resource: str
    kind: str
    status: str
    reason: str


class Stack:
    """One stack of an account, by its name. Every method raises StoreError."""

    def __init__(self, account: Account, name: str) -> None:
        self.name, self.region = name, account.region
        self._client = account.client("cloudformation")

    def describe(self) -> dict[str, Any] | None:
        """What CloudFormation reports the stack, or None where there is none."""
        try:
            found: dict[str, Any] = self._client.describe_stacks(StackName=self.name)["Stacks"][0]
        except SDK as error:
            if code_of(error) == "ValidationError":
                return None
            raise told(error, f"reading the stack `{self.name}`") from None
        gone = found["StackStatus"] == "DELETE_COMPLETE"
        return None if gone else found

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by their names; empty where there is no stack."""
        found = self.describe() or {}
        return {out["OutputKey"]: out["OutputValue"] for out in found.get("Outputs", ())}

    def propose(
        self,
        body: str,
        parameters: Mapping[str, str],
        kept: frozenset[str],
        tags: Mapping[str, str],
        role: str = "",
    ) -> ChangeSet | None:
        """Make a change set, or tell by None that nothing would change.

        `kept` are the names of parameters that stay as they are in the stack; `role` is the ARN of
        the role that CloudFormation takes, empty for the rights of whoever asks.
        """
        found = self.describe()
        status = found["StackStatus"] if found else ""
        if status in _BROKEN:
            raise StoreError(
                f"the stack `{self.name}` is {status}: it could not be made",
                "`publish.py infra destroy --delete-data` takes away what is left of it",
            )
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            raise StoreError(
                f"the stack `{self.name}` is being changed ({status})", "run it again later"
            )
        new = not found or status == "REVIEW_IN_PROGRESS"
        name = f"tidepost-{time.time_ns()}"
        given: list[dict[str, Any]] = [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ]
        given += [{"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)]
        try:
            self._client.create_change_set(
                StackName=self.name,
                ChangeSetName=name,
                ChangeSetType="CREATE" if new else "UPDATE",
                TemplateBody=body,
                Parameters=given,
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
                Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
                **({"RoleARN": role} if role else {}),
            )
            changes = self._await_change_set(name)
        except SDK as error:
            raise told(error, f"asking what would change in the stack `{self.name}`") from None
        if changes is None:
            self.discard(ChangeSet(name=name, stack_is_new=new, changes=()))
            return None
        return ChangeSet(name=name, stack_is_new=new, changes=tuple(changes))

    def _await_change_set(self, name: str) -> list[Change] | None:
        end = time.monotonic() + 300
        while True:
            answer = self._client.describe_change_set(StackName=self.name, ChangeSetName=name)
            status, reason = answer["Status"], answer.get("StatusReason", "") or ""
            if status == "FAILED":
                if any(words in reason.lower() for words in _NOTHING):
                    return None
                raise StoreError(f"CloudFormation does not take the template: {reason}")
            if status.endswith("COMPLETE"):
                break
            if time.monotonic() > end:
                raise StoreError("CloudFormation did not work out the change in five minutes")
            time.sleep(POLL_SECONDS)
        changes = [_change(one["ResourceChange"]) for one in answer.get("Changes", ())]
        while token := answer.get("NextToken"):
            answer = self._client.describe_change_set(
                StackName=self.name, ChangeSetName=name, NextToken=token
            )
            changes += [_change(one["ResourceChange"]) for one in answer.get("Changes", ())]
        return sorted(changes, key=lambda change: (change.action, change.name))

    def discard(self, change_set: ChangeSet) -> None:
        """Throw a change set away, and the empty stack that was made to hold it."""
        try:
            self._client.delete_change_set(StackName=self.name, ChangeSetName=change_set.name)
            if change_set.stack_is_new:
                self._client.delete_stack(StackName=self.name)
        except SDK as error:
            raise told(error, "throwing the change set away") from None

    def execute(
        self, change_set: ChangeSet, tell: Callable[[Event], None], idle: Callable[[], None]
    ) -> None:
        """Carry a change set out; `tell` hears what happens, `idle` is called between looks."""
        seen = {event.id for event in self._events()}
        try:
            self._client.execute_change_set(StackName=self.name, ChangeSetName=change_set.name)
        except SDK as error:
            raise told(error, f"changing the stack `{self.name}`") from None
        self._await(tell, idle, seen, good=("CREATE_COMPLETE", "UPDATE_COMPLETE"))

    def delete(self, tell: Callable[[Event], None]) -> None:
        """Take the stack away; what its template says to retain stays."""
        found = self.describe()
        if found is None:
            return
        seen = {event.id for event in self._events()}
        try:
            self._client.delete_stack(StackName=self.name)
        except SDK as error:
            raise told(error, f"deleting the stack `{self.name}`") from None
        self._await(tell, lambda: None, seen, good=("DELETE_COMPLETE",))

    def _await(
        self,
        tell: Callable[[Event], None],
        idle: Callable[[], None],
        seen: set[str],
        good: tuple[str, ...],
    ) -> None:
        end = time.monotonic() + MOST_SECONDS
        failed: Event | None = None
        while True:
            found = self.describe()
            status = found["StackStatus"] if found else "DELETE_COMPLETE"
            for event in self._events() if found else ():
                if event.id not in seen:
                    seen.add(event.id)
                    tell(event)
                    if event.status.endswith("_FAILED") and failed is None:
                        failed = event
            if status in good:
                return
            if not status.endswith("_IN_PROGRESS"):
                why = f": {failed.resource}: {failed.reason}" if failed else ""
                raise StoreError(f"the stack `{self.name}` is {status}{why}")
            if time.monotonic() > end:
                raise StoreError(
                    f"the stack `{self.name}` is still {status}", "look in the console"
                )
            idle()
            time.sleep(POLL_SECONDS)

    def _events(self) -> list[Event]:
        """What happened, oldest first; nothing where the stack is gone."""
        try:
            answer = self._client.describe_stack_events(StackName=self.name)
        except SDK:
            return []
        return [
            Event(
                one["EventId"],
                one["LogicalResourceId"],
                one["ResourceType"],
                one["ResourceStatus"],
                one.get("ResourceStatusReason", ""),
            )
            for one in reversed(answer["StackEvents"])
        ]

    def resources(self) -> dict[str, str]:
        """The physical ids of the stack's resources by their names in the template."""
        try:
            pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self.name)
            return {
                one["LogicalResourceId"]: one.get("PhysicalResourceId", "")
                for page in pages
                for one in page["StackResourceSummaries"]
                if one.get("ResourceStatus") != "DELETE_COMPLETE"
            }
        except SDK as error:
            raise told(error, f"listing what the stack `{self.name}` has") from None


def code_bucket(account: Account) -> str:
    """The name of the bucket for functions' code in this account and region."""
    try:
        number = account.client("sts").get_caller_identity()["Account"]
    except SDK as error:
        raise told(error, "asking which account this is") from None
    return f"tidepost-code-{number}-{account.region}"


def upload(account: Account, bucket: str, codes: tuple[Code, ...]) -> None:
    """Put code where CloudFormation finds it; the bucket is made when there is none."""
    s3 = account.client("s3")
    try:
        try:
            s3.head_bucket(Bucket=bucket)
        except botocore.exceptions.ClientError as error:
            if code_of(error) not in ("404", "NoSuchBucket"):
                raise
            _make_bucket(s3, bucket, account.region)
        for code in codes:
            s3.put_object(Bucket=bucket, Key=code.key, Body=code.content)
    except SDK as error:
        raise told(error, "uploading the functions' code") from None


def _make_bucket(s3: Any, bucket: str, region: str) -> None:
    where = {} if region == "us-east-1" else {"LocationConstraint": region}
    s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )


def validation_records(account: Account, certificate: str) -> list[tuple[str, str, str]]:
    """The DNS records (name, type, value) that a certificate waits for; none once it is issued."""
    try:
        found = account.client("acm").describe_certificate(CertificateArn=certificate)
    except SDK:
        return []
    records = [
        option["ResourceRecord"]
        for option in found["Certificate"].get("DomainValidationOptions", ())
        if option.get("ValidationStatus") != "SUCCESS" and "ResourceRecord" in option
    ]
    return sorted({(one["Name"], one["Type"], one["Value"]) for one in records})


def signing_record(account: Account, zone: str) -> str:
    """The DS record by which the registrar vouches for a signed zone, or an empty text."""
    try:
        keys = account.client("route53").get_dnssec(HostedZoneId=zone)["KeySigningKeys"]
    except SDK:
        return ""
    return next((str(key["DSRecord"]) for key in keys if key.get("DSRecord")), "")


def live_function(account: Account, function: str) -> str:
    """The code that readers' requests go through now, or an empty text."""
    if not function:
        return ""
    try:
        answer = account.client("cloudfront").get_function(Name=function, Stage="LIVE")
    except SDK:
        return ""
    code: bytes = answer["FunctionCode"].read()
    return code.decode()


def _change(raw: Mapping[str, Any]) -> Change:
    replaced = {"True": "yes", "Conditional": "perhaps"}.get(raw.get("Replacement", ""), "")
    details = [one.get("Target", {}) for one in raw.get("Details", ())]
    return Change(
        action=raw["Action"],
        name=raw["LogicalResourceId"],
        kind=raw["ResourceType"],
        replaced=replaced,
        properties=tuple(
            sorted({str(one.get("Name") or one.get("Attribute", "")) for one in details} - {""})
        ),
    )
