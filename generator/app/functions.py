"""The counter's and the form's functions of a stage."""

from __future__ import annotations

from generator.adapters.functions import (
    CloudFunctions,
    FunctionError,
    Functions,
    local_api,
)
from generator.app.workspace import Workspace

LOCAL = "local"


def open_functions(workspace: Workspace, stage: str = "") -> tuple[Functions, str]:
    """Return the functions of a stage with the API's address, which is empty on this machine.

    Raises FunctionError or StoreError where there is no such stack.
    """
    stage = stage or ("prod" if workspace.config.publish.stack else LOCAL)
    if stage == LOCAL:
        return local_api(workspace.private / "local"), ""
    from generator.adapters.aws.cloudformation import Stack
    from generator.app.cloud import account_of, stack_name

    settings = workspace.config.publish
    account = account_of(workspace.config)
    name = stack_name(workspace, stage)
    outputs = Stack(account, name).outputs()
    needed = ("CounterFunctionName", "ContactFunctionName", "ApiUrl")
    if any(output not in outputs for output in needed):
        raise FunctionError(f"there is no stack `{name}`, or it has no counter and no form")
    functions = CloudFunctions(
        outputs["CounterFunctionName"],
        outputs["ContactFunctionName"],
        region=account.region,
        profile=settings.profile,
        endpoint_url=settings.endpoint_url,
    )
    return functions, outputs["ApiUrl"]
