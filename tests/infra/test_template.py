"""infra/site.yaml, looked at without any account."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.adapters.aws.lambda_package import MOST_BYTES, pack, package, read_template
from generator.adapters.aws.stack_outputs import NAMES
from generator.core.problems import SiteError
from tests.infra.offline import MADE_BY_MOTO, transform
from tests.support.infra import ROOT, TEMPLATE, program, run
from tests.support.tools import debian


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return read_template(TEMPLATE)


@pytest.fixture(scope="module")
def transformed() -> dict[str, Any]:
    return transform(json.loads(package(TEMPLATE).body("code")))


def _resource(template: dict[str, Any], name: str) -> Any:
    return template["Resources"][name]["Properties"]


def test_cfn_lint_finds_nothing() -> None:
    from cfnlint.api import lint_file

    for file in (TEMPLATE, ROOT / "infra" / "deploy-role.yaml"):
        assert [str(match) for match in lint_file(file)] == []


@pytest.mark.network
def test_sam_finds_nothing() -> None:
    sam = program("aws-sam-cli", "sam")
    run(sam, "validate", "--lint", "--template", TEMPLATE, "--region", "us-east-1")


@pytest.mark.network
def test_sam_builds_the_functions(tmp_path: Path) -> None:
    sam = program("aws-sam-cli", "sam")
    built = tmp_path / "built"
    run(sam, "build", "--template", TEMPLATE, "--build-dir", built, cwd=tmp_path)
    for function in ("Counter", "Contact"):
        assert (built / function / "counter" / "app.py").is_file()


def test_the_template_can_be_sent_along() -> None:
    body = package(TEMPLATE).body("b" * 63)
    assert len(body.encode()) < MOST_BYTES
    sent, whole = json.loads(body), read_template(TEMPLATE)
    assert set(sent) == set(whole) - {"Metadata"}
    assert set(sent["Resources"]) == set(whole["Resources"])
    assert sent["Resources"]["ApiAlarm"] == whole["Resources"]["ApiAlarm"]
    assert "checkov" not in body


def test_the_same_code_is_the_same_zip(tmp_path: Path) -> None:
    copied = tmp_path / "elsewhere"
    shutil.copytree(ROOT / "backend", copied)
    (copied / "counter" / "__pycache__").mkdir(exist_ok=True)
    (copied / "counter" / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert pack(copied) == pack(ROOT / "backend")
    (copied / "counter" / "core.py").write_text("changed = True\n")
    assert pack(copied).key != pack(ROOT / "backend").key


def test_readers_do_not_see_the_bookkeeping(template: dict[str, Any]) -> None:
    denied = [
        resource["Fn::Sub"]
        for one in _resource(template, "BucketPolicy")["PolicyDocument"]["Statement"]
        if one["Effect"] == "Deny" and one["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        for resource in one["Resource"]
    ]
    assert denied == ["${Bucket.Arn}/.tidepost/*", "${Bucket.Arn}/*/.tidepost/*"]


@pytest.mark.parametrize("text", ["a: [", "a: 1", "Resources: !Sub [a"])
def test_a_damaged_template_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "site.yaml").write_text(text)
    with pytest.raises(SiteError) as caught:
        package(tmp_path / "site.yaml")
    assert caught.value.problems[0].path == "infra/site.yaml"


def test_every_output_that_publishing_reads_is_there(template: dict[str, Any]) -> None:
    assert set(NAMES.values()) <= set(template["Outputs"])


def test_nobody_reads_the_bucket_but_the_distribution(template: dict[str, Any]) -> None:
    assert set(_resource(template, "Bucket")["PublicAccessBlockConfiguration"].values()) == {True}
    allowed = [
        one
        for one in _resource(template, "BucketPolicy")["PolicyDocument"]["Statement"]
        if one["Effect"] == "Allow"
    ]
    assert [one["Principal"] for one in allowed] == [{"Service": "cloudfront.amazonaws.com"}]
    assert "AWS:SourceArn" in allowed[0]["Condition"]["StringEquals"]
    # Without s3:ListBucket a missing key answers 403, on which the error page depends.
    assert allowed[0]["Action"] == "s3:GetObject"


def test_errors_of_the_api_pass_as_they_are(template: dict[str, Any]) -> None:
    rewritten = {
        one["ErrorCode"]
        for one in _resource(template, "Distribution")["DistributionConfig"]["CustomErrorResponses"]
        if "ResponsePagePath" in one
    }
    assert rewritten == {403}
    for name in ("CounterRoute", "ContactRoute"):
        mapped = _resource(template, name)["ResponseParameters"]
        assert set(mapped) == {str(code) for code in rewritten}
        [change] = mapped["403"]["ResponseParameters"]
        assert change["Destination"] == "overwrite:statuscode"
        assert int(change["Source"]) not in rewritten


def test_no_route_of_the_api_is_open(template: dict[str, Any]) -> None:
    routes = [r for r in template["Resources"].values() if r["Type"] == "AWS::ApiGatewayV2::Route"]
    assert len(routes) == 5
    for route in routes:
        assert route["Properties"]["AuthorizationType"] == "CUSTOM"
        assert route["Properties"]["AuthorizerId"] == {"Ref": "OnlyTheEdge"}
    gate = _resource(template, "OnlyTheEdge")
    assert gate["IdentitySource"] == ["$request.header.x-tidepost-edge"]
    origins = _resource(template, "Distribution")["DistributionConfig"]["Origins"]
    [api] = [origin for origin in origins if origin.get("Id") == "api"]
    assert api["OriginCustomHeaders"] == [
        {"HeaderName": "x-tidepost-edge", "HeaderValue": {"Ref": "EdgeKey"}}
    ]


def test_the_containers_have_a_key_of_their_own(template: dict[str, Any]) -> None:
    """Who reads Terraform's state, where it lies in the open, must not get past the firewall."""
    origins = _resource(template, "Distribution")["DistributionConfig"]["Origins"]
    [containers] = [one["Fn::If"][1] for one in origins if "Fn::If" in one]
    assert containers["OriginCustomHeaders"] == [
        {"HeaderName": "x-tidepost-edge", "HeaderValue": {"Ref": "ContainerKey"}}
    ]
    parameters = template["Parameters"]
    assert parameters["ContainerKey"]["NoEcho"] is True
    assert parameters["ContainerProtocol"]["Default"] == "https-only"
    rules = [one["Assert"] for one in template["Rules"]["ContainersNeedTheirKey"]["Assertions"]]
    assert {"Fn::Not": [{"Fn::Equals": [{"Ref": "ContainerKey"}, {"Ref": "EdgeKey"}]}]} in rules
    terraform = (ROOT / "infra/terraform/variables.tf").read_text()
    assert 'variable "container_key"' in terraform
    assert "edge_key" not in terraform


def test_one_rule_is_enough_against_one_address(template: dict[str, Any]) -> None:
    assert template["Parameters"]["Waf"]["AllowedValues"] == ["none", "rate", "standard"]
    assert template["Conditions"]["HasManagedRules"] == {"Fn::Equals": [{"Ref": "Waf"}, "standard"]}
    rule, *others = _resource(template, "Firewall")["Rules"]
    limit = rule["Statement"]["RateBasedStatement"]
    # One address leaves the others most of what the form's route takes.
    route = _resource(template, "ApiStage")["RouteSettings"]["POST /api/contact"][
        "ThrottlingRateLimit"
    ]
    assert limit["Limit"] / limit["EvaluationWindowSec"] <= route / 5
    scope = limit["ScopeDownStatement"]["ByteMatchStatement"]
    assert (scope["PositionalConstraint"], scope["SearchString"]) == ("EXACTLY", "/api/contact")
    for other in others:
        condition, _, without = other["Fn::If"]
        assert (condition, without) == ("HasManagedRules", {"Ref": "AWS::NoValue"})
    assert len(others) == 4


def test_the_firewall_says_when_to_come_again_and_where_the_text_is(
    template: dict[str, Any],
) -> None:
    firewall = _resource(template, "Firewall")
    body = firewall["CustomResponseBodies"]["busy"]
    assert "still in the form" in " ".join(body["Content"].split())
    assert len(body["Content"]) <= 4096  # AWS WAF, "Quotas"
    rules = [rule["Fn::If"][1] if "Fn::If" in rule else rule for rule in firewall["Rules"]]
    limits = [rule for rule in rules if "RateBasedStatement" in rule["Statement"]]
    for rule in limits:
        answer = rule["Action"]["Block"]["CustomResponse"]
        assert (answer["ResponseCode"], answer["CustomResponseBodyKey"]) == (429, "busy")
        assert answer["ResponseHeaders"] == [{"Name": "retry-after", "Value": "300"}]
    assert len(limits) == 2


def test_the_form_has_executions_of_its_own_only_where_the_account_may(
    template: dict[str, Any],
) -> None:
    assert template["Parameters"]["FormReserve"]["Default"] == 0
    reserved = _resource(template, "Contact")["ReservedConcurrentExecutions"]
    without = {"Ref": "AWS::NoValue"}
    assert reserved == {"Fn::If": ["HasFormReserve", {"Ref": "FormReserve"}, without]}


def test_the_gate_knows_its_key(template: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_KEY", "right")
    space: dict[str, Any] = {}
    exec(_resource(template, "Gate")["InlineCode"], space)
    answers = [
        space["handler"]({"headers": headers}, None)["isAuthorized"]
        for headers in ({"x-tidepost-edge": "right"}, {"x-tidepost-edge": "wrong"}, {}, None)
    ]
    assert answers == [True, False, False, False]


def test_the_routes_are_those_that_the_functions_know(template: dict[str, Any]) -> None:
    told = set(
        re.findall(r"`((?:GET|POST) /api/[a-z/]+)`", (ROOT / "backend/README.md").read_text())
    )
    routes = {
        r["Properties"]["RouteKey"]
        for r in template["Resources"].values()
        if r["Type"] == "AWS::ApiGatewayV2::Route"
    }
    assert routes == told


def test_the_policy_needs_no_exception(template: dict[str, Any]) -> None:
    policy = template["Parameters"]["ContentSecurityPolicy"]["Default"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    # WebAssembly, in which the search is written, may run; text may not become script.
    assert "unsafe" not in policy.replace("'wasm-unsafe-eval'", "")
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert "*" not in policy


def test_functions_may_do_what_the_backend_says_and_no_more(template: dict[str, Any]) -> None:
    readme = (ROOT / "backend/README.md").read_text()
    for role, table, row in (
        ("CounterRole", "CountsTable", "counter, counts"),
        ("CounterRole", "VisitorsTable", "counter, visitors"),
        ("ContactRole", "MessagesTable", "contact, messages"),
    ):
        [line] = [line for line in readme.splitlines() if line.startswith(f"| {row} |")]
        told = {name.removeprefix("dynamodb:") for name in re.findall(r"`([\w:]+)`", line)}
        [rule] = [
            one
            for one in _resource(template, role)["Policies"][0]["PolicyDocument"]["Statement"]
            if one["Resource"] == {"Fn::GetAtt": [table, "Arn"]}
        ]
        assert {action.removeprefix("dynamodb:") for action in rule["Action"]} == told


def test_no_role_may_do_everything(transformed: dict[str, Any]) -> None:
    roles = [r for r in transformed["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
    assert len(roles) == 5
    for role in roles:
        assert "ManagedPolicyArns" not in role["Properties"]
        for policy in role["Properties"]["Policies"]:
            for rule in policy["PolicyDocument"]["Statement"]:
                actions = rule["Action"] if isinstance(rule["Action"], list) else [rule["Action"]]
                assert not any("*" in action for action in actions)
                assert rule["Resource"] != "*" or rule["Sid"] == "Traces"


def test_two_stages_of_one_account_have_no_name_in_common(transformed: dict[str, Any]) -> None:
    """A name that is written out, and not made from the stack's, would be taken twice."""
    for name, resource in transformed["Resources"].items():
        properties = resource.get("Properties", {})
        for key in ("Name", "FunctionName", "RoleName", "TableName", "BucketName", "QueueName"):
            if resource["Type"] in ("AWS::ApiGatewayV2::Authorizer", "AWS::Route53::KeySigningKey"):
                continue  # unique within their API, and their zone
            assert not isinstance(properties.get(key), str), f"{name} has the fixed name {key}"


def _holds(template: dict[str, Any], condition: Any, values: dict[str, str]) -> bool:
    """Evaluate a condition of the template, as CloudFormation does."""
    if isinstance(condition, str):
        return _holds(template, template["Conditions"][condition], values)
    [(kind, operand)] = condition.items()
    if kind == "Condition":
        return _holds(template, operand, values)
    if kind == "Fn::Equals":
        one, other = (str(values[v["Ref"]] if isinstance(v, dict) else v) for v in operand)
        return one == other
    found = [_holds(template, one, values) for one in operand]
    return {"Fn::Not": lambda: not found[0], "Fn::And": lambda: all(found)}[kind]()


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({}, {"OwnerIdentity"}),
        ({"DomainName": "example.org"}, {"OwnerIdentity", "DomainIdentity"}),
        ({"SenderEmail": "form@example.org"}, {"OwnerIdentity", "SenderIdentity"}),
        ({"SenderEmail": "me@example.org"}, {"OwnerIdentity"}),
        ({"DomainName": "example.org", "MakeIdentities": "false"}, set()),
        ({"Stage": "test"}, set()),
        ({"Stage": "test", "SenderEmail": "form@example.org"}, set()),
    ],
)
def test_an_identity_of_the_account_is_made_by_one_stack_only(
    template: dict[str, Any], given: dict[str, str], made: set[str]
) -> None:
    """SES has one identity of each address in a region: the second stack would fail on it."""
    values = {name: str(one.get("Default", "")) for name, one in template["Parameters"].items()}
    values |= {"OwnerEmail": "me@example.org"} | given
    identities = {
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::SES::EmailIdentity"
        and ("Condition" not in resource or _holds(template, resource["Condition"], values))
    }
    assert identities == made


def test_mail_that_comes_back_is_heard_of(template: dict[str, Any]) -> None:
    events = {"Ref": "MailEvents"}
    variables = _resource(template, "Contact")["Environment"]["Variables"]
    assert variables["TIDEPOST_CONFIGURATION_SET"] == events
    [mail] = [
        one
        for one in _resource(template, "ContactRole")["Policies"][0]["PolicyDocument"]["Statement"]
        if one["Sid"] == "Mail"
    ]
    assert any("configuration-set/${MailEvents}" in one["Fn::Sub"] for one in mail["Resource"])
    metrics = _resource(template, "MailMetrics")
    assert metrics["ConfigurationSetName"] == events
    told = metrics["EventDestination"]
    [dimension] = told["CloudWatchDestination"]["DimensionConfigurations"]
    alarm = _resource(template, "BouncedAlarm")
    assert alarm["Dimensions"] == [{"Name": dimension["DimensionName"], "Value": events}]
    assert alarm["MetricName"].lower() in told["MatchingEventTypes"]


def test_an_api_that_fails_is_heard_of_at_a_small_site_too(template: dict[str, Any]) -> None:
    """The functions answer 503 themselves: Lambda counts no error then."""
    alarm = _resource(template, "ApiAlarm")
    readers_in_an_hour, tries = 12, 2
    failures = readers_in_an_hour * tries * alarm["Period"] / 3600
    assert failures >= alarm["Threshold"]
    assert alarm["EvaluationPeriods"] == 1


def test_one_line_of_the_form_wakes_the_owner(template: dict[str, Any]) -> None:
    """A message that SES refuses is tried every six hours: a second line would not come in time."""
    alarm, filtered = (_resource(template, f"Undelivered{kind}") for kind in ("Alarm", "Filter"))
    assert filtered["FilterPattern"] == '{ $.level = "ERROR" }'
    assert alarm["MetricName"] == filtered["MetricTransformations"][0]["MetricName"]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (1, 1)


def test_pipelines_may_log_what_the_api_answers() -> None:
    """API Gateway's guide, "Permissions to activate logging": else the stage cannot be made."""
    roles = read_template(ROOT / "infra" / "deploy-role.yaml")
    allowed = {
        action
        for one in _resource(roles, "ExecutionRole")["Policies"][0]["PolicyDocument"]["Statement"]
        if one["Resource"] == "*"
        for action in one["Action"]
    }
    needed = "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies"
    needed += " GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery"
    assert {f"logs:{action}" for action in needed.split()} <= allowed


def test_functions_run_on_arm_with_their_own_logs(transformed: dict[str, Any]) -> None:
    functions = {
        name: resource["Properties"]
        for name, resource in transformed["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    assert set(functions) == {"Counter", "Contact", "Gate"}
    for name, function in functions.items():
        assert function["Architectures"] == ["arm64"]
        assert function["TracingConfig"] == {"Mode": {"Ref": "Tracing"}}
        # Without a line for each call, which costs more than the call's time.
        assert function["LoggingConfig"]["SystemLogLevel"] == "WARN"
        assert function["LoggingConfig"]["LogGroup"] == {"Ref": f"{name}Log"}
        log = transformed["Resources"][f"{name}Log"]["Properties"]
        assert log["RetentionInDays"] == {"Ref": "LogDays"}


def test_salts_have_no_backup(template: dict[str, Any]) -> None:
    for name, kept in (("CountsTable", True), ("MessagesTable", True), ("VisitorsTable", False)):
        table = _resource(template, name)
        backup = table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        assert backup is kept
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
        retained = template["Resources"][name]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert retained is kept


def test_what_moto_cannot_make_is_told(transformed: dict[str, Any]) -> None:
    lacking = {r["Type"] for r in transformed["Resources"].values()} - MADE_BY_MOTO
    text = (ROOT / "docs" / "operating.md").read_text()
    told = set(re.findall(r"`(AWS::\w+::\w+)`", text.partition("<!-- not in moto -->")[2]))
    assert told == lacking


def _edge(code: str, path: str) -> Any:
    node = debian("node", "nodejs")
    script = (
        f"{code}\nconsole.log(JSON.stringify(handler({{request: "
        f"{{uri: {json.dumps(path)}, querystring: {{a: {{value: '1'}}, b: {{value: ''}}}}}}}})))"
    )
    ran = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


@pytest.mark.network
@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/", "/index.html"),
        ("/posts/a/", "/posts/a/index.html"),
        ("/atom.xml", "/atom.xml"),
        ("/.tidepost/manifest.json", "/.not-found"),
        ("/%2Etidepost/manifest.json", "/.not-found"),
    ],
)
def test_before_the_first_release_pages_are_served(
    template: dict[str, Any], path: str, key: str
) -> None:
    assert _edge(_resource(template, "EdgeFunction")["FunctionCode"], path)["uri"] == key


_PLANS = ("none", "free", "pro", "ending")


def _with_plan(template: dict[str, Any], plan: str) -> Callable[[Any], Any]:
    """Return what resolves a value of the template as CloudFormation does with this plan."""
    values = {name: str(one.get("Default", "")) for name, one in template["Parameters"].items()}
    values |= {"OwnerEmail": "me@example.org", "Plan": plan}

    def resolve(value: Any) -> Any:
        if isinstance(value, list):
            return [one for one in map(resolve, value) if one != {"Ref": "AWS::NoValue"}]
        if not isinstance(value, dict):
            return value
        if "Fn::If" in value:
            condition, then, otherwise = value["Fn::If"]
            return resolve(then if _holds(template, condition, values) else otherwise)
        return {key: resolve(one) for key, one in value.items()}

    return resolve


def _made(template: dict[str, Any], name: str, plan: str) -> bool:
    values = {one: str(about.get("Default", "")) for one, about in template["Parameters"].items()}
    return _holds(
        template,
        template["Resources"][name]["Condition"],
        values | {"Plan": plan, "OwnerEmail": "x"},
    )


@pytest.mark.parametrize("plan", _PLANS)
def test_a_distribution_with_a_plan_has_what_the_plan_takes(
    template: dict[str, Any], plan: str
) -> None:
    """AWS, "CloudFront flat-rate pricing plans", tables of features and of unsupported ones."""
    config = _with_plan(template, plan)(_resource(template, "Distribution"))["DistributionConfig"]
    behaviours = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]
    own = [one for b in behaviours for one in b.values() if isinstance(one, dict) and "Ref" in one]
    if plan == "none":
        assert {one["Ref"] for one in own} == {"PageCache", "SecurityHeaders", "ApiHeaders"}
        assert "WebACLId" not in config or config["WebACLId"] == {"Ref": "AWS::NoValue"}
        assert not _made(template, "PlanFirewall", plan)
        assert not _made(template, "Subscription", plan)
        return
    assert own == []  # policies of AWS's own only
    assert len(behaviours) <= 5
    assert config["OriginGroups"] == {"Ref": "AWS::NoValue"}
    assert config["PriceClass"] == "PriceClass_All"
    assert config["WebACLId"] == {"Fn::GetAtt": ["PlanFirewall", "Arn"]}
    functions = config["DefaultCacheBehavior"]["FunctionAssociations"]
    assert [one["EventType"] for one in functions] == ["viewer-request", "viewer-response"]
    # A function of a distribution with a plan is no other's.
    www = json.dumps(_resource(template, "WwwDistribution"))
    for one in functions:
        assert one["FunctionARN"]["Fn::GetAtt"][0] not in www
    assert _made(template, "PlanFirewall", plan)
    assert _made(template, "Subscription", plan) is (plan != "ending")


def test_the_firewall_of_a_plan_is_what_the_free_one_takes(template: dict[str, Any]) -> None:
    rules = _resource(template, "PlanFirewall")["Rules"]
    assert len(rules) <= 5
    text = json.dumps(rules)
    for refused in ("CustomResponse", "ByteMatch", "Regex", "Captcha", "Challenge", "RuleGroupRef"):
        assert refused not in text
    assert any("RateBasedStatement" in rule["Statement"] for rule in rules)


def test_a_plan_excludes_what_it_has_not(template: dict[str, Any]) -> None:
    rule = template["Rules"]["PlanExcludes"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Plan"}, "none"]}]}
    assert {one["Assert"]["Fn::Equals"][0]["Ref"] for one in rule["Assertions"]} == {
        "Waf",
        "ContainerOrigin",
        "Stage",
    }
    virginia = json.dumps(template["Rules"]["OnlyInVirginia"])
    assert '{"Fn::Equals": [{"Ref": "Plan"}, "none"]}' in virginia


@pytest.mark.network
def test_headers_are_the_same_with_a_plan(template: dict[str, Any]) -> None:
    code = _resource(template, "HeadersFunction")["FunctionCode"]["Fn::Sub"]
    policy = template["Parameters"]["ContentSecurityPolicy"]
    assert re.fullmatch(policy["AllowedPattern"], policy["Default"])
    for harmful in ('"', "\\", "\n"):
        assert not re.fullmatch(policy["AllowedPattern"], f"default-src{harmful}")
    code = code.replace("${ContentSecurityPolicy}", policy["Default"])
    node = debian("node", "nodejs")
    script = f"{code}\nconsole.log(JSON.stringify(handler({{response: {{headers: {{}}}}}})))"
    ran = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)
    sent = {name: one["value"] for name, one in json.loads(ran.stdout)["headers"].items()}
    config = _resource(template, "SecurityHeaders")["ResponseHeadersPolicyConfig"]
    custom = [one for one in config["CustomHeadersConfig"]["Items"] if "Header" in one]
    age = config["SecurityHeadersConfig"]["StrictTransportSecurity"]["AccessControlMaxAgeSec"]
    assert sent == {
        **{one["Header"]: one["Value"] for one in custom},
        "content-security-policy": policy["Default"],
        "referrer-policy": config["SecurityHeadersConfig"]["ReferrerPolicy"]["ReferrerPolicy"],
        "strict-transport-security": f"max-age={age}",
        "x-content-type-options": "nosniff",
        "x-frame-options": config["SecurityHeadersConfig"]["FrameOptions"]["FrameOption"],
    }


def test_the_owner_hears_of_the_months_price_without_asking(template: dict[str, Any]) -> None:
    assert template["Parameters"]["MonthlyBudget"]["Default"] == 25
    assert _made(template, "Budget", "none")
    for one in _resource(template, "Budget")["NotificationsWithSubscribers"]:
        assert one["Subscribers"] == [
            {"SubscriptionType": "EMAIL", "Address": {"Ref": "OwnerEmail"}}
        ]


@pytest.mark.network
def test_www_is_sent_to_the_site(template: dict[str, Any]) -> None:
    code = _resource(template, "WwwFunction")["FunctionCode"]["Fn::Sub"]
    answer = _edge(code.replace("${DomainName}", "example.org"), "/posts/a/")
    assert answer["statusCode"] == 301
    assert answer["headers"]["location"]["value"] == "https://example.org/posts/a/?a=1&b"
