"""docs/operating.md and its picture say what the templates say."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from generator.adapters.aws.lambda_package import read_template
from tests.support.infra import ROOT, TEMPLATE
from tools import post_picture
from tools.architecture_diagram import TARGET, arrows, box_of, draw, parts

OPERATING = (ROOT / "docs" / "operating.md").read_text()


def _terraform() -> list[str]:
    return [file.read_text() for file in sorted((ROOT / "infra" / "terraform").glob("*.tf"))]


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return read_template(TEMPLATE)


def test_the_picture_is_current(template: dict[str, Any]) -> None:
    assert TARGET.read_text() == draw(template, _terraform()), "run tools/architecture_diagram.py"


def test_the_picture_of_a_post_is_current(template: dict[str, Any]) -> None:
    text = post_picture.TARGET.read_text()
    assert text == post_picture.draw(template), "run tools/post_picture.py"
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert "](docs/post.svg)" in (ROOT / "README.md").read_text()
    for missing in ("Bucket", "CountsTable"):
        rest = {name: one for name, one in template["Resources"].items() if name != missing}
        with pytest.raises(KeyError, match=missing):
            post_picture.draw({**template, "Resources": rest})


def test_the_picture_leaves_nothing_out(template: dict[str, Any]) -> None:
    drawn = sum(len(one) for one in parts(template, _terraform()).values())
    terraform = len(re.findall(r"^resource ", "\n".join(_terraform()), re.MULTILINE))
    assert drawn == len(template["Resources"]) + terraform
    root = ElementTree.fromstring(TARGET.read_text())
    text = " ".join("".join(one.itertext()) for one in root.iter())
    for name in template["Resources"]:
        assert name in text
    with pytest.raises(ValueError, match="belongs to no box"):
        box_of("Submarine")


def test_the_arrows_are_what_the_distribution_does(template: dict[str, Any]) -> None:
    found = {(source, target): label for source, target, label in arrows(template)}
    assert found["edge", "api"] == "/api/*"
    assert "503" in found["edge", "bucket"]
    assert found["api", "contact"] == "/api/contact"
    assert found["api", "counter"] == "/api/count"


def test_every_parameter_named_is_one(template: dict[str, Any]) -> None:
    named = set(re.findall(r"^  ([A-Z]\w+): ", OPERATING, re.MULTILINE))
    named |= set(re.findall(r"--set (\w+)=", OPERATING)) - {"NAME"}
    assert named >= {"OwnerEmail", "DomainName", "ContainerOrigin", "EdgeKey"}
    assert named <= set(template["Parameters"])


def test_every_alarm_has_its_line(template: dict[str, Any]) -> None:
    alarms = {
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert alarms == set(re.findall(r"`(\w+Alarm)`", OPERATING))


def test_every_file_named_is_there() -> None:
    texts = [OPERATING, *(file.read_text() for file in (ROOT / "docs/adr").glob("003[2-9]*.md"))]
    for path in set(re.findall(r"\b((?:infra|docs|generator|tests)/[\w./-]+\w)", "\n".join(texts))):
        assert (ROOT / path).exists(), path
