"""What AWS and other servers refuse is reported in one sentence, with their reason and a way
out."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from botocore.retries.standard import ThrottledRetryableChecker

from generator.adapters.aws import account as aws
from generator.adapters.aws.s3_store import S3Store
from generator.cli.commands import run
from generator.publish.manifest import Ref
from generator.publish.store import StoreError
from generator.publish.throttle import Throttle

ROOT = Path(__file__).parents[2]
PAGE = b"<!doctype html>\n<html><head><title>MinIO &amp; Console</title></head><body><p>Hi</html>"
XHTML = b"<html xmlns='http://www.w3.org/1999/xhtml'><head/><body/></html>"


class Server(ThreadingHTTPServer):
    """Answers every request alike."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = 0
        self.answer: tuple[int, bytes, dict[str, str]] = (200, PAGE, {"Content-Type": "text/html"})
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def name(self) -> str:
        return self.url.removeprefix("http://")

    def say(self, status: int, body: bytes, kind: str = "text/html", **headers: str) -> None:
        """Answer so from now on: a request that is being answered keeps its answer."""
        self.asked = 0
        self.answer = status, body, {"Content-Type": kind} | headers

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def _any(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked += 1
        status, body, headers = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


for _method in ("GET", "PUT", "POST", "HEAD", "DELETE"):
    setattr(_Handler, f"do_{_method}", _Handler._any)


@pytest.fixture(scope="module")
def one_server() -> Iterator[Server]:
    made = Server()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def server(one_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(aws, "ATTEMPTS", 1)
    return one_server


class Remembered(aws.Account):
    """An account whose clients are made once: that takes longer than any call here."""

    def client(self, service: str, *, connections: int = 10) -> Any:
        made = self.__dict__.setdefault("made", {})
        if service not in made:
            made[service] = super().client(service, connections=connections)
        return made[service]


@cache
def account_at(url: str, attempts: int) -> aws.Account:
    assert attempts == aws.ATTEMPTS
    return Remembered(region="us-east-1", endpoint_url=url)


def account(server: Server) -> aws.Account:
    return account_at(server.url, aws.ATTEMPTS)


CALLS: dict[str, Callable[[aws.Account], object]] = {
    "put": lambda one: one.client("s3").put_object(Bucket="b", Key="k", Body=b"x"),
    "part": lambda one: one.client("s3").upload_part(
        Bucket="b", Key="k", UploadId="u", PartNumber=1, Body=b"x"
    ),
    "get": lambda one: one.client("s3").get_object(Bucket="b", Key="k"),
    "head": lambda one: one.client("s3").head_object(Bucket="b", Key="k"),
    "list": lambda one: one.client("s3").list_objects_v2(Bucket="b"),
    "versions": lambda one: one.client("s3").list_object_versions(Bucket="b"),
    "copy": lambda one: one.client("s3").copy_object(Bucket="b", Key="k", CopySource="b/x"),
    "delete": lambda one: one.client("s3").delete_objects(
        Bucket="b", Delete={"Objects": [{"Key": "k"}]}
    ),
    "stack": lambda one: one.client("cloudformation").describe_stacks(StackName="s"),
    "who": lambda one: one.client("sts").get_caller_identity(),
    "table": lambda one: one.client("dynamodb").scan(TableName="t"),
    "distribution": lambda one: one.client("cloudfront").get_distribution(Id="d"),
    "function": lambda one: one.client("lambda").list_functions(),
    "parameter": lambda one: one.client("ssm").get_parameter(Name="p"),
}
ANSWERS = {
    "page": (200, PAGE, {}),
    "xhtml": (200, XHTML, {}),
    "plain": (200, b"It works!", {}),
    "page not found": (404, PAGE, {}),
    "sign-in": (302, PAGE, {"Location": "/login"}),
    "sign-in without a page": (302, b"", {"Location": "/login"}),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("call", CALLS)
def test_a_page_is_no_answer_to_any_call(server: Server, call: str, answer: str) -> None:
    status, body, headers = ANSWERS[answer]
    server.say(status, body, **headers)
    expected: tuple[type[Exception], ...] = (aws.Stranger,)
    if call == "head" and answer == "page not found":
        expected = (botocore.exceptions.ClientError,)  # a HEAD's answer has no page in it
    with pytest.raises(expected) as caught:
        CALLS[call](account(server))
    assert server.asked == 1
    message = aws.told(caught.value).message
    assert server.name in message
    assert "\n" not in message
    if body == PAGE and call not in ("get", "head"):
        assert f"a web page (“MinIO & Console”, status {status})" in message


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("body", [b"<html><hr>Bad gateway</html>", b"upstream is gone", b""])
def test_a_gateway_that_says_so_is_asked_again(
    server: Server, call: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "ATTEMPTS", 2)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    server.say(502, body)
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        CALLS[call](account(server))
    assert server.asked == 2
    error = aws.told(caught.value, "trying")
    assert error.message == f"{server.name} answered 502 while trying: Bad Gateway"
    assert "run it again" in error.hint


COMMANDS = [
    ["publish"],
    ["plan"],
    ["publish", "--preview", "x"],
    ["releases"],
    ["rollback"],
    ["previews"],
    ["previews", "--remove", "x"],
    ["gc"],
    ["doctor"],
    ["stats"],
    ["messages", "list"],
    ["infra", "plan"],
    ["infra", "apply", "--yes"],
    ["infra", "outputs"],
    ["infra", "destroy"],
]


@pytest.fixture
def site(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "tests/fixtures/minimal", tmp_path / "site")
    shutil.copytree(ROOT / "infra", tmp_path / "site/infra")
    shutil.copytree(ROOT / "backend", tmp_path / "site/backend")
    monkeypatch.chdir(tmp_path / "site")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    return tmp_path / "site"


@pytest.mark.parametrize(("page", "stack"), [(PAGE, True), (XHTML, False)])
def test_every_command_says_so_in_one_sentence(
    site: Path, server: Server, capfd: pytest.CaptureFixture[str], page: bytes, stack: bool
) -> None:
    where = "stack: s" if stack else f"bucket: b, endpoint_url: '{server.url}'"
    with (site / "site.yaml").open("a") as settings:
        settings.write(f"publish: {{target: s3, {where}, region: us-east-1}}\n")
    server.say(200, page)
    for command in COMMANDS:
        code = run(command)
        said = " ".join("".join(capfd.readouterr()).split())
        if command[0] in ("stats", "messages") and not stack:
            continue  # they read this machine's own functions
        assert code not in (0, 130), command
        assert said.count("does not answer as") >= 1, (command, said)
        assert "Traceback" not in said, command
        assert "a web page" in said, command


REASON = (
    "User: arn:aws:sts::123456789012:assumed-role/ci/run is not authorized to perform: {0} on "
    "resource: {1} because {2}"
)
OBJECT = "arn:aws:s3:::b/k"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0"
NO_POLICY = "no identity-based policy allows the {0} action"
S3_DENIED = REASON.format("s3:PutObject", OBJECT, NO_POLICY.format("s3:PutObject"))
KMS_DENIED = REASON.format("kms:GenerateDataKey", KEY, "no resource-based policy allows it")
SCP_DENIED = REASON.format(
    "s3:PutObject", OBJECT, "of an explicit deny in a service control policy"
)
TRUST = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
EXPIRED = "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z"
EARLY = "Signature not yet current: 20260101T010000Z is still later than 20260101T000500Z"

REFUSALS = [
    (403, "AccessDenied", S3_DENIED, "denies access", "docs/publishing.md"),
    (403, "AccessDenied", KMS_DENIED, "denies access", "the key's policy must allow it"),
    (403, "AccessDenied", SCP_DENIED, "denies access", "a policy forbids it"),
    (403, "AccessDenied", TRUST, "denies access", "trust policy"),
    (403, "AccessDeniedException", S3_DENIED, "denies access", "docs/publishing.md"),
    (403, "UnauthorizedOperation", S3_DENIED, "denies access", "docs/publishing.md"),
    (403, "AllAccessDisabled", "All access has been disabled", "denies access", ""),
    (400, "KMS.DisabledException", f"{KEY} is disabled", "denies access", ""),
    (403, "SignatureDoesNotMatch", EXPIRED, "clock and that of", "NTP"),
    (403, "SignatureDoesNotMatch", EARLY, "clock and that of", "NTP"),
    (400, "InvalidSignatureException", EXPIRED, "clock and that of", "NTP"),
    (403, "AccessDenied", "Request has expired", "clock and that of", "NTP"),
    (403, "RequestTimeTooSkewed", "The difference is too large", "clock and that of", "NTP"),
    (403, "SignatureDoesNotMatch", "It is not the one we made", "not accept the cred", "sign in"),
    (400, "TokenRefreshRequired", "The token must be refreshed", "not accept the cred", "sign in"),
    (400, "ExpiredToken", "The provided token has expired", "not accept the cred", "sign in"),
    (400, "InvalidIdentityToken", "No OpenIDConnect provider found", "not accept the", "sign in"),
    (403, "MissingAuthenticationToken", "Request is missing it", "not accept the", "sign in"),
    (403, "NotSignedUp", "Your account is not signed up", "not accept the cred", "sign in"),
    (503, "SlowDown", "Please reduce your request rate", "asks for fewer requests", "later"),
    (503, "SlowDownRead", "Resource requested is busy", "asks for fewer requests", "later"),
    (503, "SlowDownWrite", "Resource requested is busy", "asks for fewer requests", "later"),
    (429, "TooManyRequests", "Too many", "asks for fewer requests", "later"),
    (400, "IllegalLocationConstraintException", "eu-west-1", "another region", "publish.region"),
    (400, "AuthorizationHeaderMalformed", "not eu-west-1", "another region", "publish.region"),
    (500, "InternalError", "We encountered an internal error", "answered InternalError", "again"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "reason", "message", "hint"), REFUSALS)
@pytest.mark.parametrize("service", ["s3", "cloudformation"])
def test_the_services_own_reason_is_passed_on(
    server: Server, service: str, status: int, code: str, reason: str, message: str, hint: str
) -> None:
    inner = f"<Error><Code>{code}</Code><Message>{reason}</Message></Error>"
    body = inner if service == "s3" else f"<ErrorResponse>{inner}</ErrorResponse>"
    server.say(status, body.encode(), "text/xml")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        CALLS["put" if service == "s3" else "stack"](account(server))
    by_server = aws.told(caught.value, "trying")
    del caught.value.response["ResponseMetadata"]["Server"]
    by_aws = aws.told(caught.value, "trying")
    assert message in by_aws.message
    assert reason in by_aws.message
    assert hint in by_aws.hint
    assert "AWS" not in by_server.message
    assert by_server.message == by_aws.message.replace("AWS", server.name)
    assert "aws sso login" not in by_server.hint


def test_the_sdks_own_list_of_throttles_is_in_ours() -> None:
    theirs = set(ThrottledRetryableChecker._THROTTLED_ERROR_CODES)
    # CloudFormation says this of what an account may have, which no waiting changes.
    assert theirs - aws.THROTTLES == {"LimitExceededException"}


def test_a_reason_that_says_nothing_is_left_out(server: Server) -> None:
    server.say(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        CALLS["put"](account(server))
    assert aws.told(caught.value, "trying").message == f"{server.name} denies access while trying"


def test_what_cannot_be_deleted_is_told_with_the_reason(server: Server) -> None:
    error = f"<Error><Key>k</Key><Code>AccessDenied</Code><Message>{SCP_DENIED}</Message></Error>"
    server.say(200, f"<DeleteResult>{error}</DeleteResult>".encode(), "text/xml")
    store = S3Store(account(server).client("s3"), "b", "", Throttle(1))
    with pytest.raises(StoreError, match="because of an explicit deny"):
        store.delete([Ref("k")])


@pytest.mark.parametrize("name", ["x-amz-meta-sha256", "X-Amz-Meta-Sha256", "x-amz-meta-SHA256"])
def test_names_of_metadata_have_no_case(server: Server, name: str) -> None:
    """RFC 9110, section 5.1; rclone's server sends them in capitals."""
    more = {"ETag": '"1"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", name: "a" * 64}
    server.say(200, b"x", "text/html", **more)
    seen = S3Store(account(server).client("s3"), "b", "", Throttle(1)).head("k")
    assert seen is not None
    assert (seen.sha256, seen.ours) == ("a" * 64, True)


def test_aws_is_called_aws_and_no_other_server_is() -> None:
    for region in ("us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"):
        assert aws.server_of(aws.Account(region=region).client("s3")) == "AWS"
    other = aws.Account(region="us-east-1", endpoint_url="https://amazonaws.com.example:9000")
    assert aws.server_of(other.client("s3")) == "amazonaws.com.example:9000"


def test_a_document_by_another_name_is_read(server: Server) -> None:
    """rclone's server answers so; an answer without the upload's name is none."""
    said = "<InitiateMultipartUpload><UploadId>u</UploadId></InitiateMultipartUpload>"
    server.say(200, said.encode(), "application/xml")
    s3 = account(server).client("s3")
    assert s3.create_multipart_upload(Bucket="b", Key="k")["UploadId"] == "u"
    server.say(200, b"<InitiateMultipartUpload/>", "application/xml")
    with pytest.raises(aws.Stranger, match="no `UploadId`"):
        s3.create_multipart_upload(Bucket="b", Key="k")
    server.say(200, b"<Other/>", "application/xml")
    with pytest.raises(aws.Stranger, match="`<Other>`, which it never says"):
        s3.list_objects_v2(Bucket="b")
