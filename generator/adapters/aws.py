"""One way to reach AWS, and one way to say what went wrong there.

Credentials come by the SDK's ordinary chain: environment, profile, SSO, web identity in a pipeline,
or the role of the machine. This module is imported only when AWS is spoken to.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import boto3
import botocore.exceptions
from botocore.config import Config

from generator.publish.store import StoreError

ATTEMPTS = 5
CONNECT_SECONDS = 5.0
READ_SECONDS = float(os.environ.get("TIDEPOST_AWS_TIMEOUT", "20"))
"""How long one answer may take; well below what a lease leaves for an operation."""

THROTTLES = frozenset(
    {
        "SlowDown",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "RequestThrottled",
        "503",
        "429",
    }
)

_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "InvalidToken",
        "AuthFailure",
    }
)

_CLOCK = frozenset({"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"})

_SIGN_IN = "sign in (`aws sso login`, `aws configure`) or set publish.profile in site.yaml"


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
            return self._session.client(
                service, region_name=self.region, endpoint_url=self._endpoint, config=config
            )
        except (botocore.exceptions.BotoCoreError, ValueError) as error:
            raise told(error) from None


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


def told(error: Exception, doing: str = "") -> StoreError:
    """Turn an error of the SDK into a sentence for the owner."""
    where = f" while {doing}" if doing else ""
    code = code_of(error)
    if isinstance(
        error,
        botocore.exceptions.NoCredentialsError | botocore.exceptions.PartialCredentialsError,
    ):
        return StoreError("there are no AWS credentials", _SIGN_IN)
    if code in _CREDENTIALS or isinstance(
        error,
        botocore.exceptions.UnauthorizedSSOTokenError
        | botocore.exceptions.SSOTokenLoadError
        | botocore.exceptions.TokenRetrievalError
        | botocore.exceptions.CredentialRetrievalError,
    ):
        return StoreError(f"AWS does not accept the credentials ({code or error})", _SIGN_IN)
    if isinstance(error, botocore.exceptions.ProfileNotFound):
        return StoreError(str(error), "look at publish.profile in site.yaml and ~/.aws/config")
    if code in ("AccessDenied", "AccessDeniedException", "Forbidden", "403"):
        return StoreError(
            f"AWS denies access{where}",
            "docs/publishing.md has the policy that is needed; `doctor` tells what is missing",
        )
    if code == "400":  # a HEAD has no room for more words
        return StoreError(
            f"AWS refuses the request{where}, as it does when credentials have run out", _SIGN_IN
        )
    if code in _CLOCK:
        return StoreError(
            f"this machine's clock and that of AWS do not agree ({code})",
            "set the clock, or let it be set by NTP",
        )
    if code == "NoSuchBucket":
        return StoreError("the bucket does not exist", "look at publish.bucket in site.yaml")
    if code in ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint"):
        return StoreError("the bucket is in another region", "set publish.region in site.yaml")
    if code in THROTTLES:
        return StoreError(f"AWS asks for fewer requests{where}", "run it again later: it goes on")
    if code == "BadDigest" or "checksum" in code.lower():
        return StoreError(f"a file changed{where}", "build and publish again")
    if isinstance(error, botocore.exceptions.ClientError):
        message = error.response.get("Error", {}).get("Message", "") or code
        return StoreError(f"AWS answered {code}{where}: {message}")
    if isinstance(
        error,
        botocore.exceptions.ConnectionError | botocore.exceptions.HTTPClientError,
    ):
        return StoreError(f"no answer{where}: {error}", "run it again: it goes on where it stopped")
    return StoreError(f"{error}{where}")
