"""`infra plan|apply|outputs|destroy|restore` on moto, from an empty account to an empty account."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from generator.adapters.aws import cloudformation, lambda_package
from generator.adapters.aws.cloudfront import CloudFront
from generator.adapters.aws.stack_parameters import manual_records, parameters_for, with_policy
from generator.cli.commands import DONE, NOT_PUBLISHED, PROBLEMS, run
from generator.core.problems import SiteError
from tests.infra.offline import OfflinePackaged
from tests.support.s3_servers import client
from tests.support.sites import write_site

_numbers = itertools.count()


class Cloud:
    """A site on disk, and the account that it is deployed to."""

    def __init__(self, root: Path, endpoint: str) -> None:
        self.root, self.endpoint = root, endpoint
        self.name = f"site-{next(_numbers)}"
        self.site = write_site(root / "site", {})
        settings = self.site / "site.yaml"
        settings.write_text(
            settings.read_text()
            + f"publish:\n  target: s3\n  stack: {self.name}\n  endpoint_url: {endpoint}\n"
            + "infra:\n  OwnerEmail: owner@example.org\n"
        )

    def infra(self, *words: str) -> int:
        """Run one `infra` command."""
        return run(["infra", *words, "--site", str(self.site)])

    def outputs(self, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, str]:
        """What the stack tells."""
        capsys.readouterr()
        assert self.infra("outputs", "--json", *words) == DONE
        found: dict[str, str] = json.loads(capsys.readouterr().out)["outputs"]
        return found


@pytest.fixture
def stand_ins(moto_server: str) -> dict[str, str]:
    """A distribution and its function, which moto makes when asked directly."""
    cloudfront = client("cloudfront", moto_server)
    distribution = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": str(next(_numbers)),
            "Comment": "stands in for the template's",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "bucket",
                        "DomainName": "bucket.s3.amazonaws.com",
                        "S3OriginConfig": {"OriginAccessIdentity": ""},
                    }
                ],
            },
            "DefaultCacheBehavior": {
                "TargetOriginId": "bucket",
                "ViewerProtocolPolicy": "redirect-to-https",
            },
        }
    )["Distribution"]
    return {
        "Distribution": distribution["Id"],
        "Distribution.DomainName": distribution["DomainName"],
        "EdgeFunction": "",
    }


@pytest.fixture
def cloud(
    tmp_path: Path,
    moto_server: str,
    stand_ins: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Cloud:
    real = lambda_package.package

    def package(file: Path) -> OfflinePackaged:
        made = real(file)
        return OfflinePackaged(made.template, made.codes, stand_ins)

    monkeypatch.setattr(lambda_package, "package", package)
    monkeypatch.setattr(cloudformation, "POLL_SECONDS", 0.01)
    return Cloud(tmp_path, moto_server)


def _parameters(cloud: Cloud, name: str) -> dict[str, str]:
    stack = client("cloudformation", cloud.endpoint).describe_stacks(StackName=name)["Stacks"][0]
    return {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}


def test_a_plan_changes_nothing(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert cloud.infra("plan") == DONE
    shown = capsys.readouterr().out
    assert "+ Bucket  AWS::S3::Bucket" in shown
    assert "+ CountsTable  AWS::DynamoDB::Table\n      $0.625 a million write units" in shown
    assert "A month without readers: $" in shown
    stacks = client("cloudformation", cloud.endpoint).list_stacks()["StackSummaries"]
    assert [
        one
        for one in stacks
        if one["StackName"] == cloud.name and one["StackStatus"] != "DELETE_COMPLETE"
    ] == []
    assert cloud.infra("outputs") == NOT_PUBLISHED


def test_whoever_says_no_is_left_alone(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    assert cloud.infra("apply") == NOT_PUBLISHED
    assert "Nothing was changed" in capsys.readouterr().out
    assert cloud.infra("outputs") == NOT_PUBLISHED


@pytest.mark.parametrize("stage", ["prod", "test"])
def test_a_stage_is_made_published_to_and_taken_away(
    cloud: Cloud, stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--stage", stage)
    name = cloud.name if stage == "prod" else f"{cloud.name}-test"
    assert cloud.infra("apply", "--yes", *options) == DONE
    assert "create_complete" in capsys.readouterr().err
    told = cloud.outputs(capsys, *options)
    assert told["Stage"] == stage
    assert told["SiteUrl"] == f"https://{told['DistributionDomain']}"

    dynamodb = client("dynamodb", cloud.endpoint)
    counts = dynamodb.describe_table(TableName=told["CountsTableName"])["Table"]
    assert counts["DeletionProtectionEnabled"] is (stage == "prod")
    functions = client("lambda", cloud.endpoint)
    counter = functions.get_function(FunctionName=told["CounterFunctionName"])["Configuration"]
    assert counter["Handler"] == "counter.app.handler"
    variables = counter["Environment"]["Variables"]
    assert variables["TIDEPOST_STAGE"] == stage
    assert variables["TIDEPOST_TABLE"] == told["CountsTableName"]
    assert len(variables["TIDEPOST_EDGE_KEY"]) >= 24

    settings = cloud.site / "site.yaml"
    for_prod = settings.read_text()
    settings.write_text(for_prod.replace(f"stack: {cloud.name}\n", f"stack: {name}\n"))
    assert run(["publish", "--site", str(cloud.site)]) == DONE
    settings.write_text(for_prod)
    s3 = client("s3", cloud.endpoint)
    page = s3.get_object(Bucket=told["BucketName"], Key="index.html")
    assert page["ContentType"].startswith("text/html")

    secret = {"pk": {"S": "SECRET"}, "sk": {"S": "1"}, "value": {"B": b"\x00\xff"}}
    dynamodb.put_item(TableName=told["MessagesTableName"], Item=secret)
    number = {"pk": {"S": "P#/"}, "sk": {"S": "S#0"}, "v": {"N": "7"}}
    dynamodb.put_item(TableName=told["CountsTableName"], Item=number)

    # Nothing is lost without the flag, and what would be lost is exported all the same.
    export = cloud.root / "export"
    assert cloud.infra("destroy", "--yes", "--export", str(export), *options) == NOT_PUBLISHED
    assert "--delete-data" in capsys.readouterr().err
    assert cloud.outputs(capsys, *options) == told
    assert json.loads((export / "counts.jsonl").read_text().splitlines()[-1]) == number
    assert (export / "messages.jsonl").stat().st_mode & 0o077 == 0

    assert (
        cloud.infra("destroy", "--delete-data", "--yes", "--export", str(export), *options) == DONE
    )
    assert cloud.infra("outputs", *options) == NOT_PUBLISHED
    assert told["CountsTableName"] not in dynamodb.list_tables()["TableNames"]
    buckets = client("s3", cloud.endpoint).list_buckets()["Buckets"]
    assert told["BucketName"] not in [one["Name"] for one in buckets]

    # What was exported can be put into a new stack, as often as one likes.
    assert cloud.infra("apply", "--yes", *options) == DONE
    assert cloud.infra("restore", str(export), *options) == DONE
    again = cloud.outputs(capsys, *options)
    number = {**number, "v": {"N": "9"}}
    dynamodb.put_item(TableName=again["CountsTableName"], Item=number)
    assert cloud.infra("restore", str(export), *options) == DONE
    for table, item in (("MessagesTableName", secret), ("CountsTableName", number)):
        key = {"pk": item["pk"], "sk": item["sk"]}
        assert dynamodb.get_item(TableName=again[table], Key=key)["Item"] == item
    assert name in _names(cloud)


def _names(cloud: Cloud) -> list[str]:
    stacks = client("cloudformation", cloud.endpoint).describe_stacks()["Stacks"]
    return [one["StackName"] for one in stacks]


def test_a_second_apply_keeps_the_key_and_what_was_set(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cloud.infra("apply", "--yes", "--set", "CounterShards=4") == DONE
    before = _parameters(cloud, cloud.name)
    assert before["CounterShards"] == "4"
    assert cloud.infra("apply", "--yes", "--set", "LogDays=7") == DONE
    after = _parameters(cloud, cloud.name)
    # moto makes a whole number of a fraction that stays as it was.
    kept = {name: value for name, value in before.items() if "." not in value or "@" in value}
    assert {name: after[name] for name in kept} == {**kept, "LogDays": "7"}
    assert set(after) == set(before)


def test_the_wrong_name_deletes_nothing(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cloud.infra("apply", "--yes") == DONE
    monkeypatch.setattr("click.prompt", lambda *_, **__: "another")
    assert cloud.infra("destroy", "--delete-data") == NOT_PUBLISHED
    assert "Nothing was deleted" in capsys.readouterr().out
    assert cloud.name in _names(cloud)


def test_mistakes_in_settings_are_told_together(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cloud.infra("plan", "--set", "DomainNmae=example.org", "--set", "Nonsense") == PROBLEMS
    told = capsys.readouterr().err
    assert "did you mean `DomainName`?" in told
    assert "has no =" in told


_DECLARED: dict[str, dict[str, Any]] = {
    "Stage": {"Default": "prod"},
    "OwnerEmail": {},
    "EdgeKey": {},
    "DomainName": {"Default": ""},
    "LogDays": {"Default": 30},
}


def test_a_new_stack_gets_a_key_and_the_author_for_owner() -> None:
    wanted, kept = parameters_for(_DECLARED, {}, (), "prod", "me@example.org", None)
    assert wanted["OwnerEmail"] == "me@example.org"
    assert wanted["Stage"] == "prod"
    assert kept == frozenset()
    other, _ = parameters_for(_DECLARED, {}, (), "prod", "me@example.org", None)
    assert wanted["EdgeKey"] != other["EdgeKey"]


def test_an_old_stack_keeps_what_nobody_sets() -> None:
    before = frozenset({"Stage", "OwnerEmail", "EdgeKey", "LogDays", "Forgotten"})
    wanted, kept = parameters_for(
        _DECLARED, {"LogDays": 7}, ("OwnerEmail=x@example.org",), "prod", "me@example.org", before
    )
    assert wanted == {"Stage": "prod", "LogDays": "7", "OwnerEmail": "x@example.org"}
    assert kept == {"EdgeKey"}


def test_the_test_stage_takes_neither_domain_nor_plan() -> None:
    settings = {"OwnerEmail": "me@example.org", "DomainName": "example.org", "Plan": "free"}
    declared = {**_DECLARED, "Plan": {"Default": "none"}}
    assert parameters_for(declared, settings, (), "prod", "", None)[0]["DomainName"]
    of_test = parameters_for(declared, settings, (), "test", "", None)[0]
    assert not {"DomainName", "Plan"} & set(of_test)


def test_the_policy_is_widened_for_what_site_yaml_names() -> None:
    declared = {
        **_DECLARED,
        "ContentSecurityPolicy": {"Default": "default-src 'none'; a-src 'self'"},
    }
    more = {"a-src": ("https://a.org", "'self'"), "b-src": ("https://b.org",)}
    widened = "default-src 'none'; a-src 'self' https://a.org; b-src https://b.org"
    assert with_policy(declared, {}, None) == {}
    assert with_policy(declared, {"LogDays": 7}, more) == {
        "LogDays": 7,
        "ContentSecurityPolicy": widened,
    }
    assert with_policy(declared, {}, {}) == {
        "ContentSecurityPolicy": "default-src 'none'; a-src 'self'"
    }
    assert with_policy(declared, {"ContentSecurityPolicy": "x"}, more) == {
        "ContentSecurityPolicy": "x"
    }
    assert with_policy(_DECLARED, {}, more) == {}  # a template of the owner's without it


def test_without_an_owner_nothing_is_made() -> None:
    with pytest.raises(SiteError, match="infra"):
        parameters_for(_DECLARED, {}, (), "prod", "", None)


def test_records_to_make_by_hand() -> None:
    outputs = {
        "SiteUrl": "https://example.org",
        "DistributionDomain": "d1.cloudfront.net",
        "WwwDistributionDomain": "d2.cloudfront.net",
        "MailSignature1": "a._domainkey.example.org a.dkim.amazonses.com",
    }
    assert manual_records(outputs, has_zone=False) == [
        ("example.org", "ALIAS", "d1.cloudfront.net"),
        ("www.example.org", "CNAME", "d2.cloudfront.net"),
        ("a._domainkey.example.org", "CNAME", "a.dkim.amazonses.com"),
    ]
    assert manual_records(outputs, has_zone=True) == []
    own = {**outputs, "SiteUrl": "https://d1.cloudfront.net"}
    assert manual_records(own, has_zone=False) == []


def test_a_deploy_does_not_take_the_redirects_away(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cloud.infra("apply", "--yes") == DONE
    lives = iter(["code of the last release", "code of the template"])
    put_back = []
    monkeypatch.setattr(cloudformation, "live_function", lambda *_: next(lives))
    monkeypatch.setattr(CloudFront, "publish_function", lambda _, code: put_back.append(code))
    assert cloud.infra("apply", "--yes", "--set", "LogDays=7") == DONE
    assert put_back == ["code of the last release"]

    monkeypatch.setattr(cloudformation, "live_function", lambda *_: "the same")
    assert cloud.infra("apply", "--yes", "--set", "LogDays=14") == DONE
    assert len(put_back) == 1


@pytest.mark.parametrize(
    ("action", "kind", "replacement"),
    [
        ("Modify", "AWS::DynamoDB::Table", "True"),
        ("Modify", "AWS::DynamoDB::Table", "Conditional"),
        ("Modify", "AWS::S3::Bucket", "True"),
        ("Remove", "AWS::DynamoDB::Table", ""),
    ],
)
def test_apply_with_yes_stops_at_a_table_or_bucket_that_is_replaced(
    cloud: Cloud,
    action: str,
    kind: str,
    replacement: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cloud.infra("apply", "--yes") == DONE
    raw = {"Action": action, "LogicalResourceId": "Store", "ResourceType": kind}
    raw |= {"Replacement": replacement} if replacement else {}
    waiting = [cloudformation._change(raw)]
    monkeypatch.setattr(cloudformation.Stack, "_await_change_set", lambda *_: waiting)
    done: list[str] = []
    monkeypatch.setattr(cloudformation.Stack, "execute", lambda *_: done.append("executed"))
    discard_it = cloudformation.Stack.discard

    def discard(self: cloudformation.Stack, change_set: cloudformation.ChangeSet) -> None:
        done.append("discarded")
        discard_it(self, change_set)

    monkeypatch.setattr(cloudformation.Stack, "discard", discard)
    capsys.readouterr()
    assert cloud.infra("apply", "--yes", "--set", "Waf=standard") == NOT_PUBLISHED
    told = capsys.readouterr()
    assert done == ["discarded"]
    assert "is not carried over: Store" in told.out + told.err
    assert "--replace-data" in told.out + told.err
    done.clear()
    assert cloud.infra("apply", "--yes", "--replace-data", "--set", "Waf=standard") == DONE
    assert done == ["executed"]


def test_apply_with_yes_replaces_what_holds_no_data(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cloud.infra("apply", "--yes") == DONE
    raw = {
        "Action": "Modify",
        "LogicalResourceId": "Counter",
        "ResourceType": "AWS::Lambda::Function",
        "Replacement": "True",
    }
    waiting = [
        cloudformation._change(raw),
        cloudformation._change(
            {
                "Action": "Modify",
                "LogicalResourceId": "T",
                "ResourceType": "AWS::DynamoDB::Table",
                "Replacement": "False",
            }
        ),
    ]
    monkeypatch.setattr(cloudformation.Stack, "_await_change_set", lambda *_: waiting)
    done: list[str] = []
    monkeypatch.setattr(cloudformation.Stack, "execute", lambda *_: done.append("executed"))
    assert cloud.infra("apply", "--yes", "--set", "Waf=standard") == DONE
    assert done == ["executed"]
