"""moto's server, whose stacks tell their outputs also when a change set made them.

In moto, a stack that a change set makes keeps the outputs and parameters of the empty template that
it began with. And where IAM is asked (from POST /moto-api/reset-auth on), it is asked by
tests/infra/rights.py: with the resource, the conditions and the boundary.

Calls come one by one: one of the ten that Terraform makes at once could fail after moto had done
what it asked for, and Terraform asks again.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from moto.cloudformation.models import ChangeSet
from moto.iam.access_control import AssumedRoleAccessKey, IAMRequestBase

from tests.infra.rights import Asked, allows
from tests.support.moto_backend import main

_apply: Any = ChangeSet.apply


def _apply_whole(change_set: ChangeSet) -> None:
    stack = change_set.stack
    stack.template = change_set.template
    stack._parse_template()
    stack.parameters = change_set.parameters
    stack.resource_map.input_parameters = change_set.parameters
    _apply(change_set)
    stack.output_map = stack._create_output_map()


def _document(policy: Any) -> Any:
    if hasattr(policy, "versions"):
        policy = next(one for one in policy.versions if one.is_default).document
    return json.loads(policy) if isinstance(policy, str) else policy


def _ask(request: Any, resource: str) -> None:
    iam = request.backend

    def boundary_of(name: str) -> str:
        role = next((one for one in iam.roles.values() if one.name == name), None)
        return str(role.permissions_boundary_arn or "") if role else ""

    asked = Asked(request)
    if asked.action == "sts:GetCallerIdentity":
        return  # which nobody can be denied
    key = request._access_key
    policies = [_document(one) for one in key.collect_policies()]
    limit = boundary_of(key._owner_role_name) if isinstance(key, AssumedRoleAccessKey) else ""
    boundary = _document(iam.get_policy(limit)) if limit else None
    context = asked.context(boundary_of)
    for about in asked.keys(resource) if request._service == "s3" else [asked.resource]:
        if not allows(policies, asked.action, about, context, boundary):
            request._raise_access_denied()


if __name__ == "__main__":
    ChangeSet.apply = _apply_whole  # type: ignore[method-assign]
    IAMRequestBase.check_signature = lambda request: None  # type: ignore[method-assign]
    IAMRequestBase.check_action_permitted = _ask  # type: ignore[method-assign]
    main(int(sys.argv[1]))
