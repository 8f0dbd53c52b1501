"""One way to reach AWS, and one way to say what went wrong there.

Credentials come by the SDK's ordinary chain: environment, profile, SSO, web identity in a pipeline,
or the role of the machine. This module is imported only when AWS is spoken to.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.exceptions
from botocore.config import Config

from generator.adapters.aws.answers import EVERY_ANSWER, Stranger, check_answer
from generator.publish.store import StoreError

ATTEMPTS = 5
CONNECT_SECONDS = 5.0
READ_SECONDS = float(os.environ.get("TIDEPOST_AWS_TIMEOUT", "20"))
"""How long one answer may take; well below what a lease leaves for an operation."""

THROTTLES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ServiceUnavailable",
        "SlowDown",
        "SlowDownException",
        "SlowDownRead",  # so MinIO
        "SlowDownWrite",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
        "TooManyRequestsException",
        "TransactionInProgressException",
        "503",
        "429",
    }
)
"""The SDK's own list, and what servers beside AWS say."""

_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IDPCommunicationError",
        "IDPRejectedClaim",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidIdentityToken",
        "InvalidIdentityTokenException",
        "InvalidSecurity",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotSignedUp",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnauthorizedException",
        "UnrecognizedClientException",
    }
)

_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AllAccessDisabled",
        "AuthorizationError",
        "Forbidden",
        "KMS.DisabledException",
        "KMSAccessDeniedException",
        "NotAuthorized",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
        "403",
    }
)

_CLOCK = frozenset({"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"})
_CLOCK_REASON = re.compile(
    r"signature (?:has )?expired|signature not yet current|request has expired", re.IGNORECASE
)
"""What services say with `SignatureDoesNotMatch` and its like when a clock is wrong."""

_ELSEWHERE = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraint",
        "IllegalLocationConstraintException",
        "IncorrectEndpoint",
        "InvalidRegion",
        "PermanentRedirect",
        "Redirect",
        "TemporaryRedirect",
        "301",
        "307",
    }
)

_SIGN_IN = "sign in (`aws sso login`, `aws configure`) or set publish.profile in site.yaml"
_KEYS = (
    "look at the access key and its secret: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
    "publish.profile in site.yaml"
)
_AWS = re.compile(r"(?:^|\.)(?:amazonaws\.(?:com|com\.cn|eu)|api\.aws)$")
MOST_REASON = 500
"""Characters of a service's own sentence that are passed on."""


class Account:
    """A way into one account and region; makes the clients that are asked for."""

    def __init__(self, *, region: str = "", profile: str = "", endpoint_url: str = "") -> None:
        self._endpoint = endpoint_url or None
        try:
            self._session: Any = boto3.session.Session(
                region_name=region or None, profile_name=profile or None
            )
        except botocore.exceptions.BotoCoreError as error:
            raise told(error) from None
        # The SDK's own clients, which ask for credentials, meet strangers as well.
        self._session.events.register_first(EVERY_ANSWER, check_answer)
        self.region = self._session.region_name or "us-east-1"

    def client(self, service: str, *, connections: int = 10) -> Any:
        """Return a client; `connections` is how many requests may be in flight."""
        config = Config(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=connections,
            tcp_keepalive=True,
            # Uploads name their SHA-256 themselves; other servers do not know the default.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if self._endpoint else "auto"},
        )
        try:
            client = self._session.client(
                service, region_name=self.region, endpoint_url=self._endpoint, config=config
            )
        except (botocore.exceptions.BotoCoreError, ValueError) as error:
            raise told(error) from None
        server, events = server_of(client), client.meta.events
        events.unregister(EVERY_ANSWER, check_answer)
        events.register_first(EVERY_ANSWER, partial(check_answer, server=server))
        if server != "AWS":

            def named(parsed: dict[str, Any], **_rest: Any) -> None:
                parsed.setdefault("ResponseMetadata", {})["Server"] = server

            events.register("after-call", named)
        return client


def watch_throttles(client: Any, service: str, throttled: Callable[[], None]) -> None:
    """Call `throttled` for every answer that asks for fewer requests, retried or not."""

    def look(response: Any, **_rest: Any) -> None:
        if response is None:
            return
        http, parsed = response
        code = parsed.get("Error", {}).get("Code", "") if isinstance(parsed, dict) else ""
        if code in THROTTLES or getattr(http, "status_code", 0) in (429, 503):
            throttled()

    client.meta.events.register_first(f"needs-retry.{service}", look)


def code_of(error: Exception) -> str:
    """The service's word for an error, or an empty string."""
    if isinstance(error, botocore.exceptions.ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def status_of(error: Exception) -> int:
    """The HTTP status of an error, or 0."""
    if isinstance(error, botocore.exceptions.ClientError):
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return 0


def server_of(client: Any) -> str:
    """What the owner calls the server that a client speaks to: AWS, or a host with its port."""
    parts = urlsplit(str(client.meta.endpoint_url))
    return "AWS" if _AWS.search(parts.hostname or "") else parts.netloc


def reason_of(error: Exception) -> str:
    """The service's own sentence: which right, on what, by whose policy. Empty where it says no
    more than its code."""
    if not isinstance(error, botocore.exceptions.ClientError):
        return ""
    said = " ".join(str(error.response.get("Error", {}).get("Message") or "").split()).rstrip(".")
    empty = said.lower() in ("", "unknown", "access denied", "forbidden", "bad request", "none")
    return "" if empty or said == code_of(error) else said[:MOST_REASON]


def told(error: Exception, doing: str = "") -> StoreError:
    """Turn an error of the SDK into a sentence for the owner."""
    where = f" while {doing}" if doing else ""
    code, reason = code_of(error), reason_of(error)
    server, because = "AWS", f": {reason}" if reason else ""
    if isinstance(error, botocore.exceptions.ClientError):
        server = str(error.response.get("ResponseMetadata", {}).get("Server", "AWS"))
    sign_in = _SIGN_IN if server == "AWS" else _KEYS
    if isinstance(error, Stranger):
        return StoreError(
            f"{error}{where}",
            "publish.endpoint_url in site.yaml must be the address of the API, not of a console; "
            "in a network with a sign-in page, sign in there first",
        )
    if isinstance(
        error,
        botocore.exceptions.NoCredentialsError | botocore.exceptions.PartialCredentialsError,
    ):
        return StoreError(
            "there are no credentials, in the environment or in a profile",
            f"{_SIGN_IN}; or {_KEYS}",
        )
    if code in _CLOCK or (code and _CLOCK_REASON.search(reason)):
        return StoreError(
            f"this machine's clock and that of {server} do not agree ({code}{because})",
            "set the clock, or let it be set by NTP",
        )
    if code in _CREDENTIALS or isinstance(
        error,
        botocore.exceptions.UnauthorizedSSOTokenError
        | botocore.exceptions.SSOTokenLoadError
        | botocore.exceptions.TokenRetrievalError
        | botocore.exceptions.CredentialRetrievalError,
    ):
        return StoreError(
            f"{server} does not accept the credentials ({code or error}{because})", sign_in
        )
    if isinstance(error, botocore.exceptions.ProfileNotFound):
        return StoreError(str(error), "look at publish.profile in site.yaml and ~/.aws/config")
    if code in _DENIED or code.startswith("KMS."):
        return StoreError(f"{server} denies access{where}{because}", _way_in(reason, server))
    if code == "400":  # a HEAD has no room for more words
        return StoreError(
            f"{server} refuses the request{where}, as it does when credentials have run out",
            sign_in,
        )
    if code == "NoSuchBucket":
        return StoreError("the bucket does not exist", "look at publish.bucket in site.yaml")
    if code in _ELSEWHERE:
        return StoreError(
            f"the bucket is in another region{because}", "set publish.region in site.yaml"
        )
    if code in THROTTLES:
        return StoreError(
            f"{server} asks for fewer requests{where}{because}", "run it again later: it goes on"
        )
    if code == "BadDigest" or "checksum" in code.lower():
        return StoreError(f"a file changed{where}", "build and publish again")
    if isinstance(error, botocore.exceptions.ClientError):
        status = status_of(error)
        return StoreError(
            f"{server} answered {code or status}{where}{because or f': {code}'}",
            "run it again: it goes on where it stopped" if status >= 500 else "",
        )
    if isinstance(
        error,
        botocore.exceptions.ConnectionError | botocore.exceptions.HTTPClientError,
    ):
        return StoreError(f"no answer{where}: {error}", "run it again: it goes on where it stopped")
    return StoreError(f"{error}{where}")


def _way_in(reason: str, server: str) -> str:
    """What to do about a denial, by what the service says of it."""
    if "explicit deny" in reason.lower():
        return "a policy forbids it, whatever another one allows: change that one"
    if "sts:assumerole" in reason.lower():
        return "the role's trust policy must name who asks: docs/operating.md, Pipelines"
    if "kms:" in reason:
        return (
            "the key's policy must allow it, and the publisher's: docs/publishing.md has the line"
        )
    if server != "AWS":
        return f"{_KEYS}; and what this key may do in the bucket"
    return "docs/publishing.md has the policy that is needed; `doctor` lists what is missing"
