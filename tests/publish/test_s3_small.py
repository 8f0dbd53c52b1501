"""Small files are sent as the SDK would send them, and left to it in any doubt."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from generator.adapters.aws.s3_answers import send_at_once
from generator.adapters.aws.s3_small import STRIKES, SmallFiles, sign
from generator.publish.lease import LeaseLost
from generator.publish.throttle import Throttle
from tests.support import published as sites
from tests.support import s3_servers
from tests.support.bucket import Bucket
from tests.support.driver import publish
from tests.support.memory_bucket import MemoryBucket
from tests.support.s3_servers import Action, Seen

EVERYWHERE = [
    "memory",
    "memory-versioned",
    "moto",
    "moto-versioned",
    "seaweed",
    "seaweed-versioned",
]
OF_EACH_REQUEST = {"x-amz-date", "x-amz-content-sha256", "authorization"}
OF_THE_SDKS_RETRIES = {"amz-sdk-invocation-id", "amz-sdk-request"}
PAGES = 9
SPOILT: list[Action] = [
    "500",
    "503",
    "reset",
    "lost",
    "truncate",
    (200, {}, b""),
    (200, {"ETag": '"0"'}, b"<html><title>Sign in</title></html>"),
    (403, {}, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"),
]


def site() -> sites.Site:
    pages: sites.Site = {
        f"posts/{n} ü~+/index.html": ("page", sites.page(f"{n} {'é' * n}")) for n in range(PAGES)
    }
    return {**pages, "index.html": ("entry", sites.page("home"))}


def is_page(seen: Seen) -> bool:
    return seen.method == "PUT" and "/posts/" in seen.path


def is_sdks(seen: Seen) -> bool:
    return "amz-sdk-invocation-id" in {name.lower() for name in seen.headers}


@given(
    key=st.text(st.characters(codec="utf-8", exclude_characters="\r\n?#"), min_size=1),
    headers=st.dictionaries(
        st.text(string.ascii_letters + string.digits + "-", min_size=1).map("x-{}".format),
        st.text(string.ascii_letters + string.digits + " ;=/é", min_size=1),
        max_size=6,
    ),
    secret=st.text(string.printable, min_size=1),
    token=st.sampled_from(["", "a/token+of=STS"]),
    region=st.sampled_from(["us-east-1", "eu-central-1"]),
)
def test_the_signature_is_the_sdks(
    key: str, headers: dict[str, str], secret: str, token: str, region: str
) -> None:
    headers = {name.lower(): value for name, value in headers.items()} | {"Host": "b.example:9000"}
    credentials = Credentials("AKID", secret, token or None)
    url, sha256 = f"https://b.example:9000/{quote(key, safe='/~')}", "5" * 64
    theirs = AWSRequest("PUT", url, headers={**headers, "User-Agent": "a"}, data=b"")
    theirs.context["client_config"] = Config(s3={"payload_signing_enabled": True})
    theirs.headers["x-amz-meta-sha256"] = headers["x-amz-meta-sha256"] = sha256

    class Named(S3SigV4Auth):
        def payload(self, request: AWSRequest) -> str:
            return sha256

    Named(credentials, "s3", region).add_auth(theirs)
    now = datetime.strptime(theirs.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    ours = {**headers, "User-Agent": "a"}
    sign(ours, f"/{quote(key, safe='/~')}", sha256, credentials, region, now)
    assert ours["Authorization"] == theirs.headers["Authorization"]


@pytest.mark.parametrize("bucket", EVERYWHERE, indirect=True)
def test_one_upload_shows_how_and_the_others_are_like_it(
    bucket: Bucket | MemoryBucket, built: Path
) -> None:
    local = sites.local_of(site(), built)
    publish(bucket.watched(), local, built)
    sites.check_is(bucket.live(), local)
    sent = [seen for seen in bucket.proxy.seen if is_page(seen)]
    assert [is_sdks(seen) for seen in sent] == [True] + [False] * (PAGES - 1)
    by_sdk, *direct = [{n.lower(): v for n, v in seen.headers.items()} for seen in sent]
    if isinstance(bucket, MemoryBucket):  # which looks before the connection adds its own
        for headers in direct:
            headers.pop("host")
    own = OF_EACH_REQUEST | {"content-length", "x-amz-meta-sha256", "x-amz-checksum-sha256"}
    own |= {"user-agent"}  # in which the SDK adds letters for what it did to send a request
    expected = {n: v for n, v in by_sdk.items() if n not in OF_THE_SDKS_RETRIES | own}
    for headers in direct:
        assert headers.keys() - expected.keys() == own
        assert expected == {n: v for n, v in headers.items() if n not in own}


@pytest.mark.parametrize("bucket", ["memory", "memory-versioned", "seaweed"], indirect=True)
@pytest.mark.parametrize("spoilt", SPOILT, ids=str)
def test_what_does_not_plainly_succeed_is_left_to_the_sdk(
    bucket: Bucket | MemoryBucket, built: Path, spoilt: Action
) -> None:
    local = sites.local_of(site(), built)
    target = bucket.watched()
    done: list[Seen] = []

    def rule(number: int, seen: Seen) -> Action:
        if is_page(seen) and not is_sdks(seen) and not done:
            done.append(seen)
            return spoilt
        return "pass"

    bucket.proxy.rule = rule
    publish(target, local, built)
    sites.check_is(bucket.live(), local)
    sent = [seen for seen in bucket.proxy.seen if is_page(seen)]
    after = sent[sent.index(done[0]) + 1]
    assert (after.path, is_sdks(after)) == (done[0].path, True)
    assert not is_sdks(sent[-1]), "one that succeeded shows again how"
    assert target.throttle.throttles == (spoilt == "503")


def test_a_server_that_refuses_it_is_left_to_the_sdk(built: Path) -> None:
    bucket = MemoryBucket(versioned=False)
    local = sites.local_of(site(), built)
    refused: list[str] = []

    def rule(number: int, seen: Seen) -> Action:
        if not is_page(seen) or is_sdks(seen):
            return "pass"
        refused.append(seen.path)
        return (403, {}, b"")

    bucket.proxy.rule = rule
    publish(bucket.watched(), local, built)
    sites.check_is(bucket.live(), local)
    assert len(refused) == STRIKES < PAGES - 1


@pytest.mark.parametrize("answers", ["pass", "reset"])
def test_the_guard_is_asked_before_each_attempt(built: Path, answers: Action) -> None:
    bucket = MemoryBucket(versioned=False)
    local = sites.local_of(site(), built)
    store, asked = bucket.watched().store, list[int]()
    first, second, third, *_ = sorted(local.entries)

    def send(path: str) -> None:
        store.upload(path, built / path, local.entries[path], expect="")

    def still() -> None:
        asked.append(len(bucket.seen))

    send(first)
    store.guard(still)
    bucket.start_over()
    bucket.rule = lambda number, seen: "pass" if is_sdks(seen) else answers
    send(second)
    assert asked == list(range(len(bucket.seen)))
    assert [is_sdks(seen) for seen in bucket.seen] == [False] + [True] * (answers != "pass")

    def lost() -> None:
        raise LeaseLost("another publisher is at work")

    bucket.start_over()
    store.guard(lost)
    with pytest.raises(LeaseLost):
        send(third)
    assert not bucket.seen


@pytest.mark.parametrize(
    ("options", "config"),
    [
        ({}, {}),
        ({"endpoint_url": "http://[::1]:9000/below"}, {"addressing_style": "path"}),
        ({"endpoint_url": "https://s3.example"}, {"addressing_style": "virtual"}),
        ({}, {"use_accelerate_endpoint": True}),
        ({}, {"use_dualstack_endpoint": True}),
    ],
)
@pytest.mark.parametrize("token", [None, "of-a-role"])
def test_the_address_is_the_sdks(
    options: dict[str, str], config: dict[str, Any], token: str | None
) -> None:
    client = s3_client(options, {"s3": config}, token)
    sent = hook(client)
    small = SmallFiles(client, lambda: None, Throttle(1).throttled)
    for key in ("a b/é~.html", "c//d+e.html"):
        put(small, key)
    theirs, ours = sent
    assert ours.url == theirs.url.replace("a%20b/%C3%A9~.html", "c//d%2Be.html")
    their_names, our_names = ({name.lower() for name in one.headers} for one in sent)
    assert their_names - our_names == OF_THE_SDKS_RETRIES
    assert our_names - their_names == {"host"}
    assert ("x-amz-security-token" in our_names) == (token is not None)
    signed = AWSRequest("PUT", ours.url)
    assert (
        ours.headers["Host"].decode()
        == S3SigV4Auth(Credentials("a", "b"), "s3", "us-east-1").headers_to_sign(signed)["host"]
    )


@pytest.mark.parametrize("signature", ["s3", UNSIGNED])
def test_what_is_signed_otherwise_is_left_to_the_sdk(signature: object) -> None:
    config = {"signature_version": signature}
    client = s3_client({"endpoint_url": "http://s3.example"}, config, None)
    sent = hook(client)
    small = SmallFiles(client, lambda: None, Throttle(1).throttled)
    for key in ("a", "b"):
        put(small, key)
    assert ["amz-sdk-invocation-id" in one.headers for one in sent] == [True, True]


def test_an_sdk_that_hides_its_connections_sends_everything() -> None:
    client = s3_client({"endpoint_url": "http://s3.example"}, {}, None)
    sent = hook(client)
    del client._endpoint.http_session
    small = SmallFiles(client, lambda: None, Throttle(1).throttled)
    for key in ("a", "b"):
        put(small, key)
    assert ["amz-sdk-invocation-id" in one.headers for one in sent] == [True, True]


def s3_client(options: dict[str, str], config: dict[str, Any], token: str | None) -> Any:
    return boto3.client(
        "s3",
        region_name="eu-central-1",
        aws_access_key_id=s3_servers.KEY,
        aws_secret_access_key=s3_servers.SECRET,
        aws_session_token=token,
        config=Config(request_checksum_calculation="when_required", **config),
        **options,  # type: ignore[call-overload]
    )


def hook(client: Any) -> list[Any]:
    """Answer all that a client would send, and return a list of it."""
    sent: list[Any] = []

    def answer(request: Any, **_rest: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 200, {"ETag": '"1"', "Content-Length": "0"}, Empty())

    client.meta.events.register("before-send.s3", answer)
    client.meta.events.register_last("before-call.s3.PutObject", send_at_once)
    return sent


class Empty:
    def stream(self, **_rest: Any) -> list[bytes]:
        return []


def put(small: SmallFiles, key: str) -> None:
    options = {"ContentType": "text/html", "CacheControl": "no-cache", "Metadata": {"sha256": "a"}}
    answer = small.put(Bucket="b-1", Key=key, Body=b"x", sha256="a" * 64, **options)
    assert answer["ETag"] == '"1"'
