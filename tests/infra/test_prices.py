"""What `infra plan` says of prices, and that there is one table of them."""

from __future__ import annotations

from typing import Any

import pytest

from generator.adapters.aws.cloudformation import Change
from generator.adapters.aws.lambda_package import read_template
from generator.app.cloud import StackPrices, in_all
from generator.publish.cost import FREE, PRICES, SERVICES, Monthly, Total, price_of, table, total
from tests.support.sites import PROJECT


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return read_template(PROJECT / "infra" / "site.yaml")


def of(template: dict[str, Any], name: str, **parameters: str) -> Monthly:
    kind = template["Resources"][name]["Type"]
    found = StackPrices(template, parameters).of(Change(action="Add", name=name, kind=kind))
    assert found is not None
    return found


def test_every_resource_of_the_template_has_a_price(template: dict[str, Any]) -> None:
    unknown = {
        resource["Type"]
        for resource in template["Resources"].values()
        if price_of(resource["Type"]) is None
    }
    assert unknown == set()
    assert price_of("AWS::EC2::Instance") is None


def test_a_firewall_costs_by_its_rules_and_nothing_within_a_plan(template: dict[str, Any]) -> None:
    assert of(template, "Firewall", Waf="rate").fixed == 6.0
    assert of(template, "Firewall", Waf="standard").fixed == 10.0
    assert of(template, "PlanFirewall", Plan="free").words == "in the plan's price"
    assert of(template, "Distribution", Plan="free").words == "in the plan's price"
    assert "1 TB free" in of(template, "Distribution", Plan="none").words
    assert of(template, "Subscription", Plan="free").fixed == 0.0
    assert of(template, "Subscription", Plan="pro").fixed == 15.0


def test_what_is_free_up_to_a_number_is_free_up_to_it() -> None:
    alarm = price_of("AWS::CloudWatch::Alarm")
    assert alarm
    assert alarm.words == "$0.10 a month (free tier)"
    assert total([("AWS::CloudWatch::Alarm", alarm)] * 12) == Total(1.2, 1.0)
    assert price_of("AWS::IAM::Role") == FREE
    assert FREE.words == "free"


def test_the_sum_says_where_and_when_and_what_is_free() -> None:
    sums = {"Add": Total(10.8, 0.8), "Remove": Total(5.0, 0.0)}
    said = in_all(sums, "eu-central-1", is_new=False)
    assert said[0].startswith(
        "What is added, a month without readers: $10.80, of which $0.80 is free"
    )
    assert said[1] == "What goes is $5.00 a month less."
    assert said[2].startswith(
        "List prices of us-east-1, read in November 2026; those of eu-central-1"
    )
    assert in_all({"Add": Total(0, 0), "Remove": Total(0, 0)}, "us-east-1", is_new=False) == [
        "List prices of us-east-1, read in November 2026. What readers come to: docs/cost.md."
    ]


def test_every_price_is_in_the_table_once_and_the_page_has_that_table() -> None:
    named = [name for service in SERVICES for name in service.prices]
    assert sorted(named) == sorted(PRICES)
    assert table() in (PROJECT / "docs" / "cost.md").read_text(encoding="utf-8")


def test_what_is_shown_is_what_is_multiplied() -> None:
    units = {
        "a million": 1e6, "for 10,000": 1e4, "for 1,000 ": 1e3, "for 100,000": 1e5,
    }  # fmt: skip
    for name, price in PRICES.items():
        amount, _, unit = price.shown.removeprefix("$").partition(" ")
        divisor = next((many for words, many in units.items() if words in f"{unit} "), 1)
        assert float(amount) / divisor == pytest.approx(price.dollars), name
