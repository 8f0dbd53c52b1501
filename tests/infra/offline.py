"""The template as far as moto's CloudFormation goes: transformed, and without what moto lacks."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from generator.adapters.aws.lambda_package import Packaged

MADE_BY_MOTO = frozenset(
    {
        "AWS::CloudWatch::Dashboard",
        "AWS::DynamoDB::Table",
        "AWS::IAM::Role",
        "AWS::KMS::Key",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
    }
)


def transform(template: Mapping[str, Any]) -> dict[str, Any]:
    """Do what CloudFormation does for `Transform: AWS::Serverless-2016-10-31`."""
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    made: dict[str, Any] = translator.translate(copy.deepcopy(dict(template)), {})
    return made


def without_what_moto_lacks(
    template: Mapping[str, Any], stand_ins: Mapping[str, str]
) -> dict[str, Any]:
    """Drop the resources that moto does not make; what refers to them gets a stand-in's text."""
    kept = {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] in MADE_BY_MOTO
    }
    gone = set(template["Resources"]) - set(kept)

    def text(name: str, attribute: str = "") -> str:
        key = f"{name}.{attribute}" if attribute else name
        return stand_ins.get(key, f"stand-in-for-{key}")

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.get("Ref") in gone:
            return text(value["Ref"])
        target = value.get("Fn::GetAtt")
        if isinstance(target, list) and target[0] in gone:
            return text(*target)
        if isinstance(value.get("Fn::Sub"), str):
            return {
                "Fn::Sub": re.sub(
                    r"\$\{(\w+)(?:\.([\w.]+))?\}",
                    lambda match: text(match[1], match[2]) if match[1] in gone else match[0],
                    value["Fn::Sub"],
                )
            }
        return {key: walk(one) for key, one in value.items() if key != "DependsOn"}

    rest = {
        key: walk(value) for key, value in template.items() if key not in ("Rules", "Resources")
    }
    return {**rest, "Resources": walk(kept)}


class OfflinePackaged(Packaged, frozen=True):
    """A packaged template that hands over what moto can make of it."""

    stand_ins: Mapping[str, str]

    def body(self, bucket: str) -> str:
        """See Packaged."""
        template = json.loads(super().body(bucket))
        return json.dumps(without_what_moto_lacks(transform(template), self.stand_ins))
