"""checkov over everything in infra/, and a reason for everything that it is told to pass over."""

from __future__ import annotations

import re

import pytest

from tests.support.infra import ROOT, checkov

INFRA = ROOT / "infra"


def test_checkov_finds_nothing() -> None:
    frameworks = ("cloudformation", "dockerfile", "kubernetes", "terraform")
    said = checkov("--directory", INFRA, "--framework", *frameworks)
    for framework in frameworks:
        scan = f"{framework} scan results:\\s+Passed checks: (\\d+), Failed checks: 0"
        passed = re.search(scan, said)
        assert passed, said
        assert int(passed[1]) > 20


@pytest.mark.parametrize(
    ("files", "pattern"),
    [
        ("*.yaml", r'\{id: CKV\w+, comment: "(.*)"\}'),
        ("terraform/*.tf", r"#checkov:skip=CKV\w+:(.*)"),
        ("container/Dockerfile", r"#checkov:skip=CKV\w+:(.*)"),
        ("kubernetes/*.yaml", r'checkov.io/skip\d+: "CKV\w+=(.*)"'),
    ],
)
def test_every_skip_says_why(files: str, pattern: str) -> None:
    text = "\n".join(file.read_text() for file in sorted(INFRA.glob(files)))
    reasons = re.findall(pattern, text)
    assert len(reasons) == len(re.findall(r"CKV\w*_\w+", text)) > 0
    for reason in reasons:
        assert len(reason) > 20, reason
