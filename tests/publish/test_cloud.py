"""The whole of AWS at once: stack, bucket, distribution, edge function, and the rights to them."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest
from botocore.exceptions import ClientError

from generator.app.diagnosis import diagnose
from generator.app.targets import open_target
from generator.config.publish import PublishSettings
from generator.config.settings import SiteConfig
from generator.publish import edge_rules
from generator.publish import publisher as release
from generator.publish.executor import wait_for
from generator.publish.manifest import Manifest
from generator.publish.publisher import Target
from generator.publish.store import StoreError
from tests.support import published as sites
from tests.support import s3_servers
from tests.support.driver import publish, roll_back
from tests.support.owner import Owner

ROOT = Path(__file__).parents[2]
TEMPLATE = (ROOT / "infra/edge/viewer-request.js").read_text()
BUSY: s3_servers.Reply = (
    400,
    {"Content-Type": "text/xml"},
    b"<ErrorResponse><Error><Type>Sender</Type><Code>TooManyInvalidationsInProgress</Code>"
    b"<Message>busy</Message></Error><RequestId>1</RequestId></ErrorResponse>",
)
STACK = {
    "Parameters": {"D": {"Type": "String"}},
    "Resources": {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": "the-site"},
        }
    },
    "Outputs": {
        "BucketName": {"Value": {"Ref": "Bucket"}},
        "DistributionId": {"Value": {"Ref": "D"}},
        "EdgeFunctionName": {"Value": "the-function"},
    },
}


class EdgeFunction:
    """The part of CloudFront's functions that moto lacks: update and publish, with ETags."""

    def __init__(self) -> None:
        self.draft, self.live, self.edition = b"", b"", 1
        self.name = "the-function"

    def answer(self, number: int, seen: s3_servers.Seen) -> s3_servers.Action:
        found = re.fullmatch(r"/2020-05-31/function/([^/?]+)(/describe|/publish)?.*", seen.path)
        if not found:
            return "pass"
        assert found[1] == self.name
        given = {name.lower(): value for name, value in seen.headers.items()}.get("if-match")
        if seen.method != "GET" and given != f"E{self.edition}":
            return (412, {}, b"<Error><Code>PreconditionFailed</Code></Error>")
        if seen.method == "PUT":
            import base64

            code = re.search(rb"<FunctionCode>(.*)</FunctionCode>", seen.body, re.DOTALL)
            assert code
            self.draft, self.edition = base64.b64decode(code[1]), self.edition + 1
        elif seen.method == "POST":
            self.live = self.draft
        body = (
            b"<FunctionSummary><Name>the-function</Name><FunctionConfig><Comment>c</Comment>"
            b"<Runtime>cloudfront-js-2.0</Runtime></FunctionConfig><FunctionMetadata>"
            b"<FunctionARN>a</FunctionARN><LastModifiedTime>2026-01-01T00:00:00Z"
            b"</LastModifiedTime></FunctionMetadata></FunctionSummary>"
        )
        # UpdateFunction answers with a header that is spelt so, here as in the API's own model.
        name = "ETtag" if seen.method == "PUT" else "ETag"
        return (200, {name: f"E{self.edition}", "Content-Type": "text/xml"}, body)


class Cloud:
    """An empty moto, with the site's stack deployed, behind a proxy."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.proxy = s3_servers.Proxy(upstream)
        self.edge = EdgeFunction()
        self.proxy.rule = self.edge.answer
        origin = {
            "Id": "site",
            "DomainName": "the-site.s3.us-east-1.amazonaws.com",
            "OriginAccessControlId": "oac",
            "S3OriginConfig": {"OriginAccessIdentity": ""},
        }
        behaviour = {
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        }
        self.settings = {
            "CallerReference": "tests",
            "Comment": "",
            "Enabled": True,
            "Aliases": {"Quantity": 1, "Items": ["blog.example"]},
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behaviour,
        }
        self.distribution = s3_servers.client("cloudfront", upstream).create_distribution(
            DistributionConfig=self.settings
        )["Distribution"]["Id"]
        s3_servers.client("cloudformation", upstream).create_stack(
            StackName="my-blog",
            TemplateBody=json.dumps(STACK),
            Parameters=[{"ParameterKey": "D", "ParameterValue": self.distribution}],
        )
        self.s3 = s3_servers.client("s3", upstream)
        self.s3.put_bucket_versioning(
            Bucket="the-site", VersioningConfiguration={"Status": "Enabled"}
        )
        self.config = SiteConfig(
            title="T",
            url="https://blog.example",
            publish=PublishSettings(
                stack="my-blog", region=s3_servers.REGION, endpoint_url=self.proxy.endpoint
            ),
        )

    def target(self) -> Target:
        return open_target(self.config, ROOT)

    def manifest(self) -> Manifest:
        found = release.manifest_of(self.target().store)
        assert found
        return found

    def forgotten(self) -> list[list[str]]:
        client = s3_servers.client("cloudfront", self.upstream)
        listed = client.list_invalidations(DistributionId=self.distribution)["InvalidationList"]
        found = [
            client.get_invalidation(DistributionId=self.distribution, Id=item["Id"])
            for item in listed.get("Items", ())
        ]
        return [one["Invalidation"]["InvalidationBatch"]["Paths"]["Items"] for one in found]

    def local(self, site: sites.Site, folder: Path, **options: Any) -> Any:
        return sites.local_of(site, folder, cdn=True, **options)


@pytest.fixture(scope="module")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A moto for the tests of this file, each of which begins with an empty one."""
    with s3_servers.moto(tmp_path_factory.mktemp("clouds")) as endpoint:
        yield endpoint


@pytest.fixture
def cloud(clouds: str) -> Iterator[Cloud]:
    tell(clouds, "reset-auth", "inf")  # IAM is not asked
    tell(clouds, "reset")
    made = Cloud(clouds)
    yield made
    made.proxy.shutdown()
    made.proxy.server_close()


def test_a_stack_is_all_that_has_to_be_named(cloud: Cloud, built: Path) -> None:
    old = cloud.local(sites.old_site(), built, redirects={"/was/": "/posts/b/"})
    _, outcome = publish(cloud.target(), old, built)
    live = sites.bucket_live(cloud.s3, "the-site")
    sites.check_is(live, old)
    headers = live["index.html"].headers
    assert headers is not None
    assert headers.cache_control == "public, max-age=60, s-maxage=86400"
    assert cloud.forgotten() == []  # nothing new can have been cached
    assert b'"/was/":"/posts/b/"' in cloud.edge.live

    cloud.proxy.start_over(cloud.edge.answer)
    assert publish(cloud.target(), old, built, minutes=1)[0].empty
    assert len(cloud.proxy.seen) <= 3, cloud.proxy.seen

    new = cloud.local(sites.new_site(), built, redirects={"/was/": "/posts/a/"})
    cloud.proxy.start_over(cloud.edge.answer)
    plan, outcome = publish(cloud.target(), new, built, minutes=2)
    assert b'"/was/":"/posts/a/"' in cloud.edge.live
    [paths] = cloud.forgotten()
    assert {"/", "/index.html", "/posts/a/", "/posts/a/index.html", "/feed.xml"} <= set(paths)
    assert {"/posts/b/", "/posts/b/index.html"} <= set(paths)  # deleted
    assert not {"/posts/c/", "/about/", "/site.0002.css", "/gone.0001.png"} & set(paths)
    assert outcome.invalidated == outcome.invalidated_this_month == len(paths)
    # Beside the objects: 11 of the store, 2 of the CDN, 1 of the stack, 3 of the edge function. A
    # copy under a condition, to which moto does not hold it, is a GET and a PUT.
    work = sum(1 for o in plan.operations if o.kind in ("upload", "copy", "keep"))
    work += sum(1 for o in plan.operations if o.kind == "copy")
    assert len(cloud.proxy.seen) <= work + 17
    target = cloud.target()
    assert target.distribution
    assert wait_for(target.distribution, outcome.invalidations, sleep=lambda seconds: None)

    roll_back(cloud.target(), minutes=3)
    assert b'"/was/":"/posts/b/"' in cloud.edge.live
    assert len(cloud.forgotten()) == 2


def test_an_invalidation_that_is_refused_is_asked_again_by_the_next_run(
    cloud: Cloud, built: Path
) -> None:
    old = cloud.local(sites.old_site(), built)
    publish(cloud.target(), old, built)
    new = cloud.local(sites.new_site(), built)

    def busy(number: int, seen: s3_servers.Seen) -> s3_servers.Action:
        return BUSY if seen.path.endswith("/invalidation") else cloud.edge.answer(number, seen)

    cloud.proxy.start_over(busy)
    _, outcome = publish(cloud.target(), new, built, minutes=1)
    assert outcome.warnings
    assert cloud.forgotten() == []
    [pending] = cloud.manifest().pending

    cloud.proxy.start_over(cloud.edge.answer)
    plan, outcome = publish(cloud.target(), new, built, minutes=2)
    assert not plan.release
    assert [sorted(paths) for paths in cloud.forgotten()] == [sorted(pending.paths)]
    assert cloud.manifest().pending == ()
    assert cloud.manifest().invalidated == {"2026-03": len(pending.paths)}
    assert publish(cloud.target(), new, built, minutes=3)[0].empty


def test_an_address_that_cloudfront_does_not_forget_by_name_costs_the_whole_cache(
    cloud: Cloud, built: Path
) -> None:
    page = {"~me/index.html": ("page", b"me")}
    publish(cloud.target(), cloud.local(sites.old_site() | page, built), built)  # type: ignore[arg-type]

    def strict(number: int, seen: s3_servers.Seen) -> s3_servers.Action:
        if seen.path.endswith("/invalidation") and b"~" in seen.body:
            return (
                400,
                BUSY[1],
                BUSY[2].replace(b"TooManyInvalidationsInProgress", b"InvalidArgument"),
            )
        return cloud.edge.answer(number, seen)

    cloud.proxy.start_over(strict)
    page = {"~me/index.html": ("page", b"me again")}
    new = cloud.local(sites.new_site() | page, built)  # type: ignore[arg-type]
    _, outcome = publish(cloud.target(), new, built, minutes=1)
    assert not outcome.warnings
    assert cloud.forgotten() == [["/*"]]
    assert publish(cloud.target(), new, built, minutes=2)[0].empty


def test_an_invalidation_whose_answer_was_lost_is_made_once(cloud: Cloud, built: Path) -> None:
    publish(cloud.target(), cloud.local(sites.old_site(), built), built)
    new = cloud.local(sites.new_site(), built)
    done = []

    def lost(number: int, seen: s3_servers.Seen) -> s3_servers.Action:
        if seen.path.endswith("/invalidation"):
            done.append(re.search(rb"<CallerReference>(.*?)</CallerReference>", seen.body)[1])  # type: ignore[index]
            return "lost" if len(done) == 1 else "pass"
        return cloud.edge.answer(number, seen)

    cloud.proxy.start_over(lost)
    publish(cloud.target(), new, built, minutes=1)
    assert len(done) == 2
    assert len(set(done)) == 1  # by which CloudFront knows that it is the same one


def test_more_redirects_than_fit_stay_redirect_pages(cloud: Cloud, built: Path) -> None:
    many = {f"/old/{n}/": f"/posts/a/?from={n}" for n in range(900)}
    publish(cloud.target(), cloud.local(sites.old_site(), built, redirects=many), built)
    assert len(cloud.edge.live) <= edge_rules.MOST_BYTES
    assert cloud.edge.live.count(b"/old/") > 100


POLICY = json.loads(
    re.search(r"```json\n(.*?)```", (ROOT / "docs/publishing.md").read_text(), re.DOTALL)[1]  # type: ignore[index]
)
ACTIONS = {
    action
    for statement in POLICY["Statement"]
    for action in (
        statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    )
}


def needed(service: str, operation: str, versioned: bool) -> set[str]:
    """The actions that a request needs, by the Service Authorization Reference."""
    known = {
        "GetObject": {"s3:GetObjectVersion" if versioned else "s3:GetObject"},
        "HeadObject": {"s3:GetObjectVersion" if versioned else "s3:GetObject"},
        "PutObject": {"s3:PutObject"},
        "CopyObject": {"s3:PutObject", "s3:GetObjectVersion" if versioned else "s3:GetObject"},
        "CreateMultipartUpload": {"s3:PutObject"},
        "UploadPart": {"s3:PutObject"},
        "CompleteMultipartUpload": {"s3:PutObject"},
        "AbortMultipartUpload": {"s3:AbortMultipartUpload"},
        "DeleteObjects": {"s3:DeleteObject", *(["s3:DeleteObjectVersion"] if versioned else [])},
        "ListObjectsV2": {"s3:ListBucket"},
        "ListObjectVersions": {"s3:ListBucketVersions"},
        "GetCallerIdentity": set(),  # needs no right
    }
    return known.get(operation, {f"{service}:{operation}"})


def test_the_documented_rights_are_enough_and_no_more(
    cloud: Cloud, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.adapters.aws.s3_store.MULTIPART_FROM", 6 << 20)
    # moto knows the resource of S3 requests only, and calls all others `*`.
    policy = json.loads(json.dumps(POLICY).replace("BUCKET", "the-site"))
    for statement in policy["Statement"]:
        if "s3" not in json.dumps(statement["Action"]):
            statement["Resource"] = "*"
    # And it judges DeleteObjects by the bucket, where AWS judges it by each object.
    policy["Statement"].append(
        {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::the-site"}
    )
    iam = s3_servers.client("iam", cloud.upstream)
    iam.create_user(UserName="publisher")
    iam.put_user_policy(
        UserName="publisher", PolicyName="publishing", PolicyDocument=json.dumps(policy)
    )
    key = iam.create_access_key(UserName="publisher")["AccessKey"]
    cloud.s3.create_bucket(Bucket="other")
    cloud.s3.put_object(Bucket="other", Key="x", Body=b"x")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    # moto calculates another signature than botocore for CloudFront's GET requests, and so refuses
    # all of them: these two are answered here, by what it said before.
    found = fetch(cloud.upstream, f"/2020-05-31/distribution/{cloud.distribution}")
    completed = b"<Invalidation><Id>I1</Id><Status>Completed</Status></Invalidation>"

    def answer(number: int, seen: s3_servers.Seen) -> s3_servers.Action:
        if seen.method == "GET" and "/distribution/" in seen.path:
            body = completed if "/invalidation/" in seen.path else found
            return (200, {"Content-Type": "text/xml"}, body)
        return cloud.edge.answer(number, seen)

    cloud.proxy.rule = answer
    enforce(cloud.upstream)

    used: set[str] = set()

    def record(model: Any, params: Any, **rest: Any) -> None:
        text = str(params.get("url_path", "")) + str(params.get("headers", {}))
        text += str(params.get("body", "")) + str(params.get("query_string", ""))
        versioned = "versionId" in text or "VersionId" in text
        used.update(needed(model.service_model.service_name, model.name, versioned))

    genuine = boto3.session.Session.client

    def client(self: Any, *arguments: Any, **options: Any) -> Any:
        made = genuine(self, *arguments, **options)
        made.meta.events.register("before-call", record)
        return made

    monkeypatch.setattr(boto3.session.Session, "client", client)

    video = b"0123456789abcdef" * (7 << 16)
    old_site = {**sites.old_site(), "film.0001.mp4": ("asset", video)}
    publish(cloud.target(), cloud.local(old_site, built), built)  # type: ignore[arg-type]
    new = cloud.local(sites.new_site(), built, redirects={"/was/": "/posts/a/"})
    target = cloud.target()
    _, outcome = publish(target, new, built, minutes=1)
    assert target.distribution
    assert wait_for(target.distribution, outcome.invalidations, sleep=lambda seconds: None)
    roll_back(cloud.target(), minutes=2)
    publish(cloud.target(), new, built, minutes=3, verify=True)
    spoilt = cloud.local({**sites.new_site(), "film.0002.mp4": ("asset", video)}, built)
    (built / "film.0002.mp4").write_bytes(video[:-1] + b"!")
    with pytest.raises(StoreError, match="changed while"):
        publish(cloud.target(), spoilt, built, minutes=4)
    publish(cloud.target(), new, built, minutes=5)
    inner = msgspec.structs.replace(
        target, store=target.store.within(release.preview_prefix("p")), edge_code=None
    )
    publish(inner, new, built, minutes=6)
    assert list(release.previews(cloud.target().store)) == ["p"]
    release.remove_preview(cloud.target(), "p", "a test")
    release.collect_garbage(cloud.target(), "a test")
    wrong = [one for one in diagnose(cloud.config, tmp_path) if one.state == "wrong"]
    # blog.example is nobody's, and the distribution of this test has no certificate for it.
    assert [one.what for one in wrong] == ["certificate", "DNS"], wrong

    assert used == ACTIONS, "the policy in docs/publishing.md is not what is used"
    denied = 0
    for name, call in forbidden(cloud).items():
        with pytest.raises(ClientError) as error:
            call()
        told: Any = error.value.response
        code = told["Error"]["Code"] or told["Errors"]["Error"]["Code"]  # so moto's CloudFront
        assert code in ("AccessDenied", "AccessDeniedException", "403"), f"{name}: {code}"
        denied += 1
    assert denied >= 20


def fetch(endpoint: str, path: str) -> bytes:
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=60)
    scope = "Credential=x/20260101/us-east-1/cloudfront/aws4_request"
    connection.request("GET", path, headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}"})
    answer = connection.getresponse()
    assert answer.status == 200
    return answer.read()


def enforce(endpoint: str) -> None:
    """From now on moto asks IAM."""
    tell(endpoint, "reset-auth", "0")


def tell(endpoint: str, what: str, body: str = "") -> None:
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=60)
    connection.request("POST", f"/moto-api/{what}", body=body)
    assert connection.getresponse().status == 200


def forbidden(cloud: Cloud) -> dict[str, Callable[[], object]]:
    """What a publisher must not be able to do, with the publisher's key."""
    import os

    key, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]

    def of(service: str) -> Any:
        return s3_servers.client(service, cloud.upstream, key, secret)

    s3, cloudfront, iam = of("s3"), of("cloudfront"), of("iam")
    stacks, functions, tables = of("cloudformation"), of("lambda"), of("dynamodb")
    bucket = {"Bucket": "the-site"}
    lifecycle = {
        "Rules": [
            {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
        ]
    }
    return {
        "read another bucket": lambda: s3.get_object(Bucket="other", Key="x"),
        "write another bucket": lambda: s3.put_object(Bucket="other", Key="x", Body=b""),
        "list another bucket": lambda: s3.list_objects_v2(Bucket="other"),
        "list buckets": lambda: s3.list_buckets(),
        "make a bucket": lambda: s3.create_bucket(Bucket="mine"),
        "delete the bucket": lambda: s3.delete_bucket(**bucket),
        "read its policy": lambda: s3.get_bucket_policy(**bucket),
        "write its policy": lambda: s3.put_bucket_policy(**bucket, Policy="{}"),
        "stop versions": lambda: s3.put_bucket_versioning(
            **bucket, VersioningConfiguration={"Status": "Suspended"}
        ),
        "set a lifecycle": lambda: s3.put_bucket_lifecycle_configuration(
            **bucket, LifecycleConfiguration=lifecycle
        ),
        "make it a website": lambda: s3.put_bucket_website(
            **bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
        ),
        "make it public": lambda: s3.delete_public_access_block(**bucket),
        "make a distribution": lambda: cloudfront.create_distribution(
            DistributionConfig=cloud.settings
        ),
        "make an access control": lambda: cloudfront.create_origin_access_control(
            OriginAccessControlConfig={
                "Name": "x",
                "SigningProtocol": "sigv4",
                "SigningBehavior": "always",
                "OriginAccessControlOriginType": "s3",
            }
        ),
        "make a user": lambda: iam.create_user(UserName="mine"),
        "give itself rights": lambda: iam.put_user_policy(
            UserName="publisher", PolicyName="x", PolicyDocument="{}"
        ),
        "make a key": lambda: iam.create_access_key(UserName="publisher"),
        "list roles": lambda: iam.list_roles(),
        "delete the stack": lambda: stacks.delete_stack(StackName="my-blog"),
        "change the stack": lambda: stacks.update_stack(StackName="my-blog", TemplateBody="{}"),
        "list functions": lambda: functions.list_functions(),
        "read tables": lambda: tables.scan(TableName="messages"),
    }


def test_the_cdn_forgets_a_preview_that_is_removed(cloud: Cloud, built: Path) -> None:
    inner = msgspec.structs.replace(
        open_target(cloud.config, ROOT, preview="p"), edge_code=None, distribution=None
    )
    publish(inner, cloud.local(sites.old_site(), built), built)

    def busy(number: int, seen: s3_servers.Seen) -> s3_servers.Action:
        return BUSY if seen.path.endswith("/invalidation") else "pass"

    cloud.proxy.start_over(busy)
    with pytest.raises(StoreError, match="busy"):
        release.remove_preview(cloud.target(), "p", "a test")
    cloud.proxy.start_over()
    assert list(release.previews(cloud.target().store)) == ["p"]  # so that it is asked again
    release.remove_preview(cloud.target(), "p", "another test")
    assert cloud.forgotten() == [["/_preview/p/*"]]
    assert not release.previews(cloud.target().store)


def test_a_preview_that_was_never_complete_can_be_removed(cloud: Cloud, built: Path) -> None:
    cloud.s3.put_object(Bucket="the-site", Key="_preview/p/index.html", Body=b"half")
    assert release.remove_preview(cloud.target(), "p", "a test") == 1
    with pytest.raises(StoreError, match="no preview"):
        release.remove_preview(cloud.target(), "p", "a test")


def test_a_cdn_that_does_not_tell_how_far_it_is_does_not_make_a_release_undone(
    cloud: Cloud, tmp_path: Path
) -> None:
    owner = Owner(tmp_path / "site")
    owner.settings(
        "publish: {target: s3, bucket: the-site, region: us-east-1,",
        f"  distribution: {cloud.distribution}, endpoint_url: '{cloud.proxy.endpoint}'}}",
    )
    owner.run()
    denied: s3_servers.Reply = (
        403,
        BUSY[1],
        BUSY[2].replace(b"TooManyInvalidationsInProgress", b"AccessDenied"),
    )
    cloud.proxy.start_over(lambda number, seen: denied if "/invalidation/" in seen.path else "pass")
    owner.post("hello", "Hello again.")
    said = owner.run("publish", "--wait")
    assert "Published release 2" in said
    assert "is not known" in said


def test_a_function_of_another_name_is_given_the_code(cloud: Cloud, built: Path) -> None:
    local = cloud.local(sites.old_site(), built, redirects={"/was/": "/posts/b/"})
    publish(cloud.target(), local, built)
    cloud.edge.name, cloud.edge.live = "another", b""
    settings = msgspec.structs.replace(cloud.config.publish, edge_function="another")
    cloud.config = msgspec.structs.replace(cloud.config, publish=settings)
    plan, _ = publish(cloud.target(), local, built, minutes=1)
    assert not plan.release
    assert b'"/was/":"/posts/b/"' in cloud.edge.live
    assert publish(cloud.target(), local, built, minutes=2)[0].empty


def test_the_docs_have_the_statement_for_an_encrypted_bucket() -> None:
    """S3 User Guide, "Using server-side encryption with AWS KMS keys": to write takes
    GenerateDataKey; to read, to copy and to upload in parts takes Decrypt."""
    blocks = re.findall(r"```json\n(.*?)```", (ROOT / "docs/publishing.md").read_text(), re.DOTALL)
    statement = json.loads(blocks[1])
    assert statement["Action"] == ["kms:GenerateDataKey", "kms:Decrypt"]
    assert statement["Resource"] == "arn:aws:kms:REGION:ACCOUNT:key/KEY"
