"""Looks at an AWS account for `doctor`: who we are, and whether the distribution fits the site."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any, Literal

import botocore.exceptions

from generator.adapters.aws.account import Account, told
from generator.publish.store import StoreError

_SDK = (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)

Told = tuple[str, Literal["ok", "note", "wrong"], str, str]
"""What was looked at, how it is, a sentence, and what to do."""


class CloudChecks:
    """Read-only looks at one account. `domain` is the distribution's own name, once it is known."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.domain = ""

    def identity(self) -> str:
        """Say who the credentials belong to. Raises StoreError."""
        try:
            found = self._account.client("sts").get_caller_identity()
        except _SDK as error:
            raise told(error, "asking who we are") from None
        return f"{found['Arn']}"

    def distribution(
        self, distribution: str, bucket: str, prefix: str, base: str, host: str
    ) -> Iterator[Told]:
        """Compare a distribution with the bucket, its prefix and the site's address."""
        try:
            found = self._account.client("cloudfront").get_distribution(Id=distribution)
        except _SDK as error:
            wrong = told(error, "looking at the distribution")
            yield "distribution", "wrong", wrong.message, wrong.hint
            return
        config: dict[str, Any] = found["Distribution"]["DistributionConfig"]
        self.domain = found["Distribution"]["DomainName"]
        if config["Enabled"]:
            yield "distribution", "ok", f"{distribution} is enabled, as {self.domain}", ""
        else:
            yield "distribution", "wrong", "it is disabled", "enable it"
        origins = [
            origin
            for origin in config["Origins"]["Items"]
            if origin["DomainName"].startswith(f"{bucket}.s3")
        ]
        if not origins:
            yield "origin", "wrong", f"no origin is the bucket {bucket}", "add it, with OAC"
        for origin in origins:
            path = f"{origin.get('OriginPath', '')}{base}".strip("/")
            if path == prefix:
                yield "origin", "ok", f"the bucket {bucket}", ""
            else:
                yield (
                    "origin",
                    "wrong",
                    f"readers of the site get `{path or '/'}`, but it is published to `{prefix}`",
                    "set publish.prefix, or the origin's path, so that they are the same",
                )
            if not origin.get("OriginAccessControlId"):
                yield "origin access", "note", "without OAC", "make the bucket private, with OAC"
        names = config.get("Aliases", {}).get("Items", [])
        if host in (*names, self.domain):
            yield "name", "ok", f"the distribution answers to {host}", ""
        else:
            yield (
                "name",
                "wrong",
                f"the distribution does not answer to {host}",
                "add it to the distribution's alternate domain names, with a certificate",
            )
        certificate = config.get("ViewerCertificate", {})
        if host != self.domain and certificate.get("CloudFrontDefaultCertificate"):
            yield (
                "certificate",
                "wrong",
                f"the distribution has no certificate for {host}",
                "make one in us-east-1 and attach it",
            )

    def invalidation(self, distribution: str) -> str:
        """Ask for one path to be forgotten that no reader asks for. Raises StoreError."""
        try:
            self._account.client("cloudfront").create_invalidation(
                DistributionId=distribution,
                InvalidationBatch={
                    "Paths": {"Quantity": 1, "Items": ["/.tidepost/doctor"]},
                    "CallerReference": f"doctor-{secrets.token_hex(8)}",
                },
            )
        except _SDK as error:
            raise told(error, "asking for an invalidation") from None
        return "works (one path was used)"

    def function(self, name: str) -> str:
        """Look at the edge function. Raises StoreError."""
        try:
            found = self._account.client("cloudfront").describe_function(Name=name, Stage="LIVE")
        except _SDK as error:
            raise told(error, "looking at the edge function") from None
        runtime = found["FunctionSummary"]["FunctionConfig"]["Runtime"]
        if runtime != "cloudfront-js-2.0":
            raise StoreError(f"{name} runs {runtime}", "make it with runtime cloudfront-js-2.0")
        return f"{name} is live"
