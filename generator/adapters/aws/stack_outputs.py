"""What a CloudFormation stack tells about the site that it holds, by its outputs."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import msgspec

from generator.adapters.aws.account import code_of, told
from generator.publish.store import StoreError


class StackOutputs(msgspec.Struct, frozen=True, kw_only=True):
    """The outputs that publishing reads; an empty one means that the stack does not have it."""

    bucket: str
    distribution: str = ""
    edge_function: str = ""
    api: str = ""
    site: str = ""


NAMES = {
    "bucket": "BucketName",
    "distribution": "DistributionId",
    "edge_function": "EdgeFunctionName",
    "api": "ApiUrl",
    "site": "SiteUrl",
}
"""How the outputs are called in `infra/site.yaml`."""


def read_outputs(client: Any, stack: str) -> StackOutputs:
    """Read a stack's outputs in one request. Raises StoreError."""
    try:
        found = client.describe_stacks(StackName=stack)["Stacks"]
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        if code_of(error) == "ValidationError":
            raise StoreError(
                f"there is no stack `{stack}` in this account and region",
                "deploy it first, or look at publish.stack and publish.region in site.yaml",
            ) from None
        raise told(error, f"reading the stack `{stack}`") from None
    outputs = {out["OutputKey"]: out["OutputValue"] for out in found[0].get("Outputs", ())}
    if NAMES["bucket"] not in outputs:
        raise StoreError(
            f"the stack `{stack}` has no output {NAMES['bucket']}",
            "deploy it with the template in infra/",
        )
    return StackOutputs(**{field: outputs.get(name, "") for field, name in NAMES.items()})
