"""What CloudFormation can answer, and what the owner is told then: on a stand-in that answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest

from generator.adapters.aws import cloudformation
from generator.adapters.aws.cloudformation import Event, Stack, validation_records
from generator.publish.store import StoreError


def _error(code: str, message: str = "") -> botocore.exceptions.ClientError:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": message}}, "x")


class Answers:
    """An account whose clients say what a test put in; each list is told one by one, the last for
    ever."""

    region = "eu-west-1"

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def client(self, service: str) -> Any:
        return self

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.calls.append((name, arguments))
            left = self.answers.get(name, [{}])
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def named(self, name: str) -> list[dict[str, Any]]:
        return [arguments for called, arguments in self.calls if called == name]


def _stack(status: str) -> dict[str, Any]:
    return {"Stacks": [{"StackStatus": status}]}


def _event(number: int, status: str, reason: str = "") -> dict[str, Any]:
    return {
        "EventId": str(number),
        "LogicalResourceId": "Bucket",
        "ResourceType": "AWS::S3::Bucket",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloudformation, "POLL_SECONDS", 0.0)


def _propose(account: Answers, **more: Any) -> Any:
    stack = Stack(account, "site")  # type: ignore[arg-type]
    return stack.propose("{}", {"A": "1"}, frozenset({"B"}), {"tidepost": "prod"}, **more)


def test_an_update_keeps_what_it_should_and_waits_for_its_change_set() -> None:
    resource = {
        "Action": "Modify",
        "LogicalResourceId": "Distribution",
        "ResourceType": "AWS::CloudFront::Distribution",
        "Replacement": "Conditional",
        "Details": [{"Target": {"Attribute": "Properties", "Name": "DistributionConfig"}}],
    }
    page = {"Status": "CREATE_COMPLETE", "Changes": [{"ResourceChange": resource}]}
    account = Answers(
        describe_stacks=[_stack("UPDATE_COMPLETE")],
        describe_change_set=[
            {"Status": "CREATE_IN_PROGRESS"},
            {**page, "NextToken": "more"},
            page,
        ],
    )
    found = _propose(account, role="arn:role")
    [asked] = account.named("create_change_set")
    assert asked["ChangeSetType"] == "UPDATE"
    assert asked["RoleARN"] == "arn:role"
    assert {"ParameterKey": "B", "UsePreviousValue": True} in asked["Parameters"]
    assert [change.properties for change in found.changes] == [("DistributionConfig",)] * 2
    assert found.changes[0].replaced == "perhaps"
    assert account.named("describe_change_set")[-1]["NextToken"] == "more"


def test_nothing_to_change_is_no_failure_and_leaves_nothing_behind() -> None:
    reason = "The submitted information didn't contain changes. Submit different information."
    account = Answers(
        describe_stacks=[_stack("UPDATE_COMPLETE")],
        describe_change_set=[{"Status": "FAILED", "StatusReason": reason}],
    )
    assert _propose(account) is None
    assert len(account.named("delete_change_set")) == 1
    assert account.named("delete_stack") == []


def test_a_template_that_is_refused_says_why() -> None:
    account = Answers(
        describe_stacks=[_error("ValidationError")],
        describe_change_set=[{"Status": "FAILED", "StatusReason": "Rule OnlyInVirginia"}],
    )
    with pytest.raises(StoreError, match="OnlyInVirginia"):
        _propose(account)
    assert account.named("create_change_set")[0]["ChangeSetType"] == "CREATE"


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS"])
def test_a_stack_that_cannot_be_changed_is_not(status: str) -> None:
    account = Answers(describe_stacks=[_stack(status)])
    with pytest.raises(StoreError, match=status):
        _propose(account)
    assert account.named("create_change_set") == []


def _execute(account: Answers, told: list[Event]) -> None:
    stack = Stack(account, "site")  # type: ignore[arg-type]
    waiting = cloudformation.ChangeSet(name="x", stack_is_new=True, changes=())
    stack.execute(waiting, told.append, lambda: None)


def test_progress_is_told_once_and_only_what_is_new() -> None:
    first = _event(1, "REVIEW_IN_PROGRESS")
    second, third = _event(2, "CREATE_IN_PROGRESS"), _event(3, "CREATE_COMPLETE")
    account = Answers(
        describe_stacks=[_stack("CREATE_IN_PROGRESS"), _stack("CREATE_COMPLETE")],
        describe_stack_events=[
            {"StackEvents": [first]},
            {"StackEvents": [second, first]},
            {"StackEvents": [third, second, first]},
        ],
    )
    told: list[Event] = []
    _execute(account, told)
    assert [event.id for event in told] == ["2", "3"]


def test_a_failure_names_its_first_reason() -> None:
    account = Answers(
        describe_stacks=[_stack("ROLLBACK_COMPLETE")],
        describe_stack_events=[
            {"StackEvents": []},
            {
                "StackEvents": [
                    _event(2, "CREATE_FAILED", "Resource creation cancelled"),
                    _event(1, "CREATE_FAILED", "the name is taken"),
                ]
            },
        ],
    )
    with pytest.raises(StoreError, match="Bucket: the name is taken"):
        _execute(account, [])


def test_the_records_that_a_certificate_waits_for() -> None:
    record = {"Name": "_a.example.org.", "Type": "CNAME", "Value": "_b.acm.aws."}
    waiting = {"ValidationStatus": "PENDING_VALIDATION", "ResourceRecord": record}
    done = {"ValidationStatus": "SUCCESS", "ResourceRecord": {**record, "Name": "_c."}}
    options = [waiting, waiting, done, {"ValidationStatus": "PENDING_VALIDATION"}]
    account = Answers(describe_certificate=[{"Certificate": {"DomainValidationOptions": options}}])
    found = validation_records(account, "arn:certificate")  # type: ignore[arg-type]
    assert found == [("_a.example.org.", "CNAME", "_b.acm.aws.")]
    account = Answers(describe_certificate=[_error("ResourceNotFoundException")])
    assert validation_records(account, "arn:certificate") == []  # type: ignore[arg-type]


def test_denied_access_is_a_sentence() -> None:
    account = Answers(
        describe_stacks=[_error("ValidationError")], create_change_set=[_error("AccessDenied")]
    )
    with pytest.raises(StoreError, match="denies access"):
        _propose(account)
