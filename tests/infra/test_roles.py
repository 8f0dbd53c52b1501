"""infra/deploy-role.yaml: each role does its work, and nothing beside it, with IAM asked."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.adapters.aws import cloudformation, lambda_package
from generator.adapters.aws.lambda_package import package, read_template
from generator.cli.commands import DONE, run
from tests.infra.offline import OfflinePackaged, transform
from tests.infra.rights import allows
from tests.support import s3_servers
from tests.support.infra import ROOT, TEMPLATE
from tests.support.sites import write_site
from tests.support.tools import free_port, process, wait_until

ROLES = ROOT / "infra" / "deploy-role.yaml"
NAME = "my-blog"
ACCOUNT = "123456789012"
ALL = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
)
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
    ' "Principal": {"Service": "lambda.amazonaws.com"}}]}'
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A moto server of these tests' own, as asking IAM would be in the way of others."""
    port = free_port()
    environment = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    with process(
        [sys.executable, "-m", "tests.infra.moto_server", str(port)], cwd=ROOT, env=environment
    ):
        wait_until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)
        yield f"http://127.0.0.1:{port}"


def ask_iam(endpoint: str, *, yes: bool) -> None:
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=60)
    connection.request("POST", "/moto-api/reset-auth", body="0" if yes else "inf")
    assert connection.getresponse().status == 200


class Account:
    """An account with the site's stack, another stack of a like name, and the pipelines' roles."""

    def __init__(self, endpoint: str, site: Path, stand_ins: dict[str, str]) -> None:
        self.endpoint, self.site = endpoint, site
        self.distribution, self.other = self._distribution(), self._distribution()
        stand_ins["Distribution"] = self.distribution
        for stack in (NAME, f"{NAME}-two"):
            options = ["--stack", stack, "--set", "OwnerEmail=owner@example.org"]
            assert run(["infra", "apply", "--yes", "--site", str(site), *options]) == DONE
        self.roles = self._deploy_roles()

    def client(self, service: str, role: str = "") -> Any:
        """A client with a role's rights, or the owner's."""
        if not role:
            return s3_servers.client(service, self.endpoint)
        held = self.credentials(role)
        import boto3

        return boto3.client(
            service,
            region_name=s3_servers.REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=held["AccessKeyId"],
            aws_secret_access_key=held["SecretAccessKey"],
            aws_session_token=held["SessionToken"],
        )

    def credentials(self, role: str) -> dict[str, str]:
        ask_iam(self.endpoint, yes=False)
        held: dict[str, str] = self.client("sts").assume_role(
            RoleArn=self.roles[f"{role}RoleArn"], RoleSessionName="tests"
        )["Credentials"]
        ask_iam(self.endpoint, yes=True)
        return held

    def role(self, name: str) -> str:
        """A role's name."""
        return self.roles[f"{name}RoleArn"].rpartition("/")[2]

    def resources(self, stack: str = NAME) -> dict[str, str]:
        ask_iam(self.endpoint, yes=False)
        found = self.client("cloudformation").list_stack_resources(StackName=stack)
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for one in found["StackResourceSummaries"]
        }

    def _distribution(self) -> str:
        made = self.client("cloudfront").create_distribution(
            DistributionConfig={
                "CallerReference": os.urandom(4).hex(),
                "Comment": "",
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
        )
        return str(made["Distribution"]["Id"])

    def _deploy_roles(self) -> dict[str, str]:
        stacks = self.client("cloudformation")
        values = {
            "Host": "gitlab",
            "Project": "group/site",
            "StackName": NAME,
            "DistributionId": self.distribution,
        }
        stacks.create_stack(
            StackName=f"{NAME}-roles",  # as docs/operating.md calls it
            TemplateBody=json.dumps(read_template(ROLES)),
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        made = self.resources(f"{NAME}-roles")
        # moto's CloudFormation makes roles and policies, and attaches none to the other.
        for name, resource in read_template(ROLES)["Resources"].items():
            for policy in resource["Properties"].get("ManagedPolicyArns", ()):
                arn = made[policy["Ref"]]
                self.client("iam").attach_role_policy(RoleName=made[name], PolicyArn=arn)
        outputs = stacks.describe_stacks(StackName=f"{NAME}-roles")["Stacks"][0]["Outputs"]
        return {one["OutputKey"]: one["OutputValue"] for one in outputs}


@pytest.fixture(scope="module")
def account(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    site = write_site(tmp_path_factory.mktemp("roles") / "site", {})
    settings = site / "site.yaml"
    settings.write_text(
        settings.read_text()
        + f"publish:\n  target: s3\n  stack: {NAME}\n  endpoint_url: {endpoint}\n"
    )
    stand_ins: dict[str, str] = {"EdgeFunction": ""}
    real = lambda_package.package

    def packaged(file: Path) -> OfflinePackaged:
        made = real(file)
        return OfflinePackaged(made.template, made.codes, stand_ins)

    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("AWS_ACCESS_KEY_ID", s3_servers.KEY),
            ("AWS_SECRET_ACCESS_KEY", s3_servers.SECRET),
            ("AWS_DEFAULT_REGION", s3_servers.REGION),
        ):
            patch.setenv(name, value)
        patch.setattr(lambda_package, "package", packaged)
        patch.setattr(cloudformation, "POLL_SECONDS", 0.01)
        yield Account(endpoint, site, stand_ins)


@pytest.fixture
def acting(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Take a role, as a pipeline's job does; the role is put down at the end."""

    def act(role: str) -> None:
        held = account.credentials(role)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", held["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", held["SecretAccessKey"])
        monkeypatch.setenv("AWS_SESSION_TOKEN", held["SessionToken"])

    yield act
    ask_iam(account.endpoint, yes=False)


def denied(call: Callable[[], Any]) -> bool:
    """Return whether IAM refuses a call; what else goes wrong with it is moto's."""
    try:
        call()
    except ClientError as error:
        # moto's CloudFront tells the code in another place, and the same status.
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"]) == 403 or (
            "AccessDenied" in error.response["Error"].get("Code", "")
        )
    return False


def test_a_release_needs_no_more_than_the_release_role(
    account: Account, acting: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    mine, others = account.resources(), account.resources(f"{NAME}-two")
    acting("Release")
    assert run(["publish", "--site", str(account.site)]) == DONE, capsys.readouterr().err
    functions, cdn = account.client("lambda", "Release"), account.client("cloudfront", "Release")
    tables, roles = account.client("dynamodb", "Release"), account.client("iam", "Release")
    s3, stacks = account.client("s3", "Release"), account.client("cloudformation", "Release")
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "x"}
    assert not denied(lambda: functions.invoke(FunctionName=mine["Counter"]))
    assert not denied(
        lambda: cdn.create_invalidation(
            DistributionId=account.distribution, InvalidationBatch=batch
        )
    )
    never: dict[str, Callable[[], Any]] = {
        "read and delete messages": lambda: functions.invoke(FunctionName=mine["Contact"]),
        "read them in the table": lambda: tables.scan(TableName=mine["MessagesTable"]),
        "delete them there": lambda: tables.delete_item(
            TableName=mine["MessagesTable"], Key={"pk": {"S": "MSG"}, "sk": {"S": "x"}}
        ),
        "count for another stack": lambda: functions.invoke(FunctionName=others["Counter"]),
        "change the function": lambda: functions.delete_function(FunctionName=mine["Counter"]),
        "have another site forgotten": lambda: cdn.create_invalidation(
            DistributionId=account.other, InvalidationBatch=batch
        ),
        "write to another stack's bucket": lambda: s3.put_object(
            Bucket=others["Bucket"], Key="index.html", Body=b""
        ),
        "read another stack's bucket": lambda: s3.list_objects_v2(Bucket=others["Bucket"]),
        "give itself rights": lambda: roles.put_role_policy(
            RoleName=account.role("Release"), PolicyName="all", PolicyDocument=ALL
        ),
        "change the stack": lambda: stacks.update_stack(StackName=NAME, TemplateBody="{}"),
    }
    assert [what for what, call in never.items() if not denied(call)] == []


def test_a_preview_stays_below_its_folder(
    account: Account, acting: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    mine = account.resources()
    acting("Preview")
    preview = ["publish", "--preview", "mr-1", "--site", str(account.site)]
    assert run(preview) == DONE, capsys.readouterr().err
    s3, cdn = account.client("s3", "Preview"), account.client("cloudfront", "Preview")
    functions = account.client("lambda", "Preview")
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "y"}
    never: dict[str, Callable[[], Any]] = {
        "write a page": lambda: s3.put_object(Bucket=mine["Bucket"], Key="index.html", Body=b""),
        "have another site forgotten": lambda: cdn.create_invalidation(
            DistributionId=account.other, InvalidationBatch=batch
        ),
        "change the redirects": lambda: cdn.update_function(
            Name=f"{NAME}-us-east-1-viewer-request",
            IfMatch="x",
            FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"},
            FunctionCode=b"",
        ),
        "count": lambda: functions.invoke(FunctionName=mine["Counter"]),
    }
    assert [what for what, call in never.items() if not denied(call)] == []


def test_the_stack_role_has_the_stack_changed_and_nothing_else(
    account: Account, acting: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    mine, others = account.resources(), account.resources(f"{NAME}-two")
    acting("Stack")
    apply = ["infra", "apply", "--yes", "--site", str(account.site), "--set", "LogDays=7"]
    assert run([*apply, "--role", account.roles["ExecutionRoleArn"]]) == DONE, (
        capsys.readouterr().err
    )
    iam, stacks = account.client("iam", "Stack"), account.client("cloudformation", "Stack")
    functions, tables = account.client("lambda", "Stack"), account.client("dynamodb", "Stack")
    never: dict[str, Callable[[], Any]] = {
        "make a role": lambda: iam.create_role(
            RoleName=f"{NAME}-CounterRole-x", AssumeRolePolicyDocument=TRUST
        ),
        "change a pipeline's role": lambda: iam.put_role_policy(
            RoleName=account.role("Execution"), PolicyName="all", PolicyDocument=ALL
        ),
        "change another stack": lambda: stacks.create_change_set(
            StackName=f"{NAME}-two", ChangeSetName="x", TemplateBody="{}"
        ),
        "read messages": lambda: functions.invoke(FunctionName=mine["Contact"]),
        "read another stack's messages": lambda: functions.invoke(FunctionName=others["Contact"]),
        "read the table": lambda: tables.scan(TableName=mine["MessagesTable"]),
    }
    assert [what for what, call in never.items() if not denied(call)] == []


def test_cloudformation_makes_roles_within_the_boundary_only(account: Account) -> None:
    mine, others = account.resources(), account.resources(f"{NAME}-two")
    boundary = account.roles["BoundaryArn"]
    iam = account.client("iam", "Execution")
    made = f"{NAME}-CounterRole-made"
    new = {"RoleName": made, "AssumeRolePolicyDocument": TRUST}
    try:
        assert denied(lambda: iam.create_role(**new))
        assert denied(
            lambda: iam.create_role(
                **new, PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"
            )
        )
        iam.create_role(**new, PermissionsBoundary=boundary)
        iam.put_role_policy(RoleName=made, PolicyName="all", PolicyDocument=ALL)
        never: dict[str, Callable[[], Any]] = {
            "take the boundary away": lambda: iam.delete_role_permissions_boundary(RoleName=made),
            "give a role of before rights": lambda: iam.put_role_policy(
                RoleName=mine["ContactRole"], PolicyName="all", PolicyDocument=ALL
            ),
            "attach the administrator's policy": lambda: iam.attach_role_policy(
                RoleName=made, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
            ),
            "widen the boundary": lambda: iam.create_policy_version(
                PolicyArn=boundary, PolicyDocument=ALL, SetAsDefault=True
            ),
            "change another stack's role": lambda: iam.put_role_policy(
                RoleName=others["CounterRole"], PolicyName="all", PolicyDocument=ALL
            ),
            "make a role of another stack": lambda: iam.create_role(
                **new | {"RoleName": f"{NAME}-two-CounterRole-x"}, PermissionsBoundary=boundary
            ),
            "make a user": lambda: iam.create_user(UserName="mine"),
            **{
                f"change the pipelines' {role} role": lambda role=role: iam.put_role_policy(
                    RoleName=account.role(role), PolicyName="all", PolicyDocument=ALL
                )
                for role in ("Preview", "Release", "Stack", "Execution")
            },
            **{
                f"have anybody take the {role} role": lambda role=role: (
                    iam.update_assume_role_policy(RoleName=account.role(role), PolicyDocument=TRUST)
                )
                for role in ("Preview", "Release", "Stack", "Execution")
            },
        }
        assert [what for what, call in never.items() if not denied(call)] == []
        tables, functions = (
            account.client("dynamodb", "Execution"),
            account.client("lambda", "Execution"),
        )
        assert not denied(lambda: tables.describe_table(TableName=mine["CountsTable"]))
        assert denied(lambda: tables.describe_table(TableName=others["CountsTable"]))
        assert denied(lambda: functions.get_function(FunctionName=others["Counter"]))

        # What a function is given without measure ends at the boundary.
        account.roles["MadeRoleArn"] = f"arn:aws:iam::{ACCOUNT}:role/{made}"
        ask_iam(account.endpoint, yes=False)
        account.client("iam").update_assume_role_policy(RoleName=made, PolicyDocument=TRUST)
        assert denied(
            lambda: account.client("dynamodb", "Made").scan(TableName=others["CountsTable"])
        )
        assert denied(lambda: account.client("iam", "Made").create_user(UserName="mine"))
        assert denied(lambda: account.client("s3", "Made").list_buckets())
        counts = account.client("dynamodb", "Made")
        assert not denied(
            lambda: counts.get_item(
                TableName=mine["CountsTable"], Key={"pk": {"S": "x"}, "sk": {"S": "x"}}
            )
        )
    finally:
        ask_iam(account.endpoint, yes=False)


def _resolved(value: Any) -> Any:
    """A document of a template with its names filled in."""
    names = {
        "AWS::Partition": "aws",
        "AWS::Region": s3_servers.REGION,
        "AWS::AccountId": ACCOUNT,
        "AWS::StackName": f"{NAME}-roles",
        "StackName": NAME,
        "DistributionId": "E1EXAMPLE",
        "HostedZoneId": "none",
        "ContainerName": "tidepost",
    }
    if isinstance(value, list):
        return [_resolved(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Sub" in value:
        return re.sub(r"\$\{([\w:]+)\}", lambda m: names[m[1]], value["Fn::Sub"])
    if "Ref" in value or "Fn::GetAtt" in value:
        return f"arn:aws:iam::{ACCOUNT}:policy/{NAME}-roles-Boundary-x"
    return {key: _resolved(one) for key, one in value.items()}


@pytest.fixture(scope="module")
def documents() -> dict[str, list[Any]]:
    """The policies of each resource of the roles' stack, with those that it has attached."""
    resources = read_template(ROLES)["Resources"]
    found = {}
    for name, resource in resources.items():
        properties = resource["Properties"]
        own = [one["PolicyDocument"] for one in properties.get("Policies", ())]
        own += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        for attached in properties.get("ManagedPolicyArns", ()):
            own.append(resources[attached["Ref"]]["Properties"]["PolicyDocument"])
        found[name] = _resolved(own)
    return found


_ARNS = {
    "AWS::CloudWatch::Alarm": ("cloudwatch:PutMetricAlarm", "cloudwatch:{here}:alarm:{name}"),
    "AWS::DynamoDB::Table": ("dynamodb:UpdateTable", "dynamodb:{here}:table/{name}"),
    "AWS::IAM::Role": ("iam:DeleteRole", "iam::{account}:role/{name}"),
    "AWS::Lambda::Function": ("lambda:UpdateFunctionCode", "lambda:{here}:function:{name}"),
    "AWS::Logs::LogGroup": ("logs:CreateLogGroup", "logs:{here}:log-group:{name}"),
    "AWS::S3::Bucket": ("s3:CreateBucket", "s3:::{name}"),
    "AWS::SNS::Topic": ("sns:CreateTopic", "sns:{here}:{name}"),
    "AWS::SQS::Queue": ("sqs:CreateQueue", "sqs:{here}:{name}"),
    "AWS::Scheduler::Schedule": (
        "scheduler:CreateSchedule",
        "scheduler:{here}:schedule/default/{name}",
    ),
}


def test_every_resource_of_the_stack_can_be_made_and_that_of_no_other(
    documents: dict[str, list[Any]],
) -> None:
    """CloudFormation calls a resource STACK-RESOURCE-RANDOM; a bucket in small letters."""
    resources = transform(json.loads(package(TEMPLATE).body("code")))["Resources"]
    named = {name: one for name, one in resources.items() if one["Type"] in _ARNS}
    assert len(named) > 25
    for name, resource in named.items():
        action, arn = _ARNS[resource["Type"]]
        for stack, made in ((NAME, True), (f"{NAME}-test", True), (f"{NAME}-two", False)):
            physical = f"{stack}-{name}-1A2B3C4D5E6F"
            if resource["Type"] == "AWS::S3::Bucket":
                physical = physical.lower()
            about = "arn:aws:" + arn.format(
                here=f"{s3_servers.REGION}:{ACCOUNT}", account=ACCOUNT, name=physical
            )
            found = allows(documents["ExecutionRole"], action, about)
            assert found is made, f"{action} on {about}"


def test_the_boundary_holds_what_the_functions_need(documents: dict[str, list[Any]]) -> None:
    """Else they lose a right as soon as a pipeline deploys them."""
    resources = transform(json.loads(package(TEMPLATE).body("code")))["Resources"]
    [boundary] = documents["Boundary"]
    seen = 0
    for role in (one for one in resources.values() if one["Type"] == "AWS::IAM::Role"):
        assert role["Properties"]["PermissionsBoundary"]["Fn::If"][0] == "HasBoundary"
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                for action in actions if isinstance(actions, list) else [actions]:
                    about = _of_the_stack(statement["Resource"], resources)
                    assert allows([boundary], action, about), f"{action} on {about}"
                    seen += 1
    assert seen > 20


def _of_the_stack(resource: Any, resources: dict[str, Any]) -> str:
    """The ARN that a statement of the stack's template is about."""
    if isinstance(resource, list):
        resource = resource[0]
    if "Fn::GetAtt" not in resource:
        return "*"
    name = resource["Fn::GetAtt"][0]
    _, arn = _ARNS[resources[name]["Type"]]
    here = f"{s3_servers.REGION}:{ACCOUNT}"
    return "arn:aws:" + arn.format(here=here, account=ACCOUNT, name=f"{NAME}-{name}-1A2B")


def test_a_stack_of_the_longest_name_still_has_its_roles_named_whole() -> None:
    resources = transform(json.loads(package(TEMPLATE).body("code")))["Resources"]
    most = read_template(ROLES)["Parameters"]["StackName"]["MaxLength"]
    for name, resource in resources.items():
        limit = {"AWS::IAM::Role": 64, "AWS::Lambda::Function": 64, "AWS::Scheduler::Schedule": 64}
        if resource["Type"] in limit:
            physical = f"{'x' * most}-test-{name}-{'R' * 13}"
            assert len(physical) <= limit[resource["Type"]], physical


def test_no_policy_is_longer_than_iam_takes(documents: dict[str, list[Any]]) -> None:
    """Without spaces 10,240 characters of all inline policies of a role, 6,144 of a managed one."""
    longest = "x" * read_template(ROLES)["Parameters"]["StackName"]["MaxLength"]
    for name, resource in read_template(ROLES)["Resources"].items():
        if resource["Type"] == "AWS::IAM::OIDCProvider":
            continue
        own = documents[name][: len(resource["Properties"].get("Policies", ())) or 1]
        text = json.dumps(own, separators=(",", ":")).replace(NAME, longest)
        assert len(text) < (6144 if resource["Type"] == "AWS::IAM::ManagedPolicy" else 10_240), name
