"""A CloudFront distribution: its invalidations, and its edge function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import botocore.exceptions

from generator.adapters.aws.account import code_of, told
from generator.publish.manifest import Pending
from generator.publish.store import StoreError

_SDK = (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)


class CloudFront:
    """One distribution; `function` is the name of its viewer-request function, or empty."""

    def __init__(self, client: Any, distribution: str, function: str = "") -> None:
        self._client, self._distribution, self._function = client, distribution, function

    def invalidate(self, pending: Pending) -> str:
        """Ask for an invalidation. CloudFront answers a repeated CallerReference with the
        invalidation that it made before (API Reference, InvalidationBatch).

        There are addresses that it serves but refuses to forget by name, such as those with a
        tilde (github.com/aws/aws-sdk/issues/525). It is then asked to forget all: or it would
        refuse every later invalidation together with this one.
        """
        try:
            return self._forget(pending.paths, pending.reference)
        except _SDK as error:
            refused = error
        try:
            if code_of(refused) == "InvalidArgument":
                return self._forget(("/*",), f"{pending.reference}-all")
        except _SDK as error:
            refused = error
        if code_of(refused) == "TooManyInvalidationsInProgress":
            raise StoreError("CloudFront is still busy with earlier invalidations")
        raise told(refused, "asking CloudFront to forget")

    def _forget(self, paths: Sequence[str], reference: str) -> str:
        answer = self._client.create_invalidation(
            DistributionId=self._distribution,
            InvalidationBatch={
                "Paths": {"Quantity": len(paths), "Items": list(paths)},
                "CallerReference": reference,
            },
        )
        return str(answer["Invalidation"]["Id"])

    def finished(self, invalidation: str) -> bool:
        """Whether an invalidation has reached all edges."""
        try:
            answer = self._client.get_invalidation(
                DistributionId=self._distribution, Id=invalidation
            )
        except _SDK as error:
            raise told(error, "asking CloudFront how far it is") from None
        return str(answer["Invalidation"]["Status"]).lower() == "completed"

    def publish_function(self, code: str) -> None:
        """Make `code` the live function. An update whose answer was lost is simply made again."""
        for last in (False, False, True):
            try:
                now = self._client.describe_function(Name=self._function, Stage="DEVELOPMENT")
                updated = self._client.update_function(
                    Name=self._function,
                    IfMatch=now["ETag"],
                    FunctionConfig=now["FunctionSummary"]["FunctionConfig"],
                    FunctionCode=code.encode(),
                )
                self._client.publish_function(Name=self._function, IfMatch=updated["ETag"])
            except _SDK as error:
                moved = code_of(error) in ("PreconditionFailed", "InvalidIfMatchVersion")
                if moved and not last:
                    continue
                raise told(error, "publishing the edge function") from None
            return
