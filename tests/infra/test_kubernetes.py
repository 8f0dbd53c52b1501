"""The manifests, the scrape configuration and the dashboard: their form, and that they fit."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from generator.adapters.aws.lambda_package import read_template
from tests.support.caddy import ask
from tests.support.infra import ROOT, TEMPLATE, program, run
from tests.support.tools import debian

MANIFESTS = ROOT / "infra" / "kubernetes" / "site.yaml"
MONITORING = ROOT / "infra" / "monitoring"


@pytest.fixture(scope="module")
def manifests() -> dict[tuple[str, str], Any]:
    found = yaml.safe_load_all(MANIFESTS.read_text())
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def test_the_manifests_have_the_form_of_kubernetes() -> None:
    validate = program("kubernetes-validate", "kubernetes-validate")
    run(validate, "--strict", MANIFESTS)


def test_they_run_the_image_as_it_is_made(manifests: dict[tuple[str, str], Any]) -> None:
    pod = manifests["Deployment", "tidepost"]["spec"]["template"]["spec"]
    dockerfile = (ROOT / "infra/container/Dockerfile").read_text()
    user = pod["securityContext"]
    assert f"USER {user['runAsUser']}:{user['runAsGroup']}" in dockerfile
    [container] = pod["containers"]
    ports = {str(port["containerPort"]) for port in container["ports"]}
    assert f"EXPOSE {' '.join(sorted(ports))}" in dockerfile
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_one_is_never_missing(manifests: dict[tuple[str, str], Any]) -> None:
    deployment = manifests["Deployment", "tidepost"]["spec"]
    assert deployment["replicas"] == 2
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert manifests["PodDisruptionBudget", "tidepost"]["spec"]["minAvailable"] == 1


def test_prometheus_takes_its_configuration() -> None:
    promtool = debian("promtool", "prometheus")
    run(promtool, "check", "config", MONITORING / "prometheus.yml")
    run(promtool, "check", "rules", MONITORING / "alerts.yml")


def test_prometheus_asks_where_the_manifests_answer(
    manifests: dict[tuple[str, str], Any],
) -> None:
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    [dns] = config["scrape_configs"][0]["dns_sd_configs"]
    [name] = dns["names"]
    service, namespace = name.split(".")[:2]
    found = manifests["Service", service]
    assert found["metadata"]["namespace"] == namespace
    assert found["spec"]["clusterIP"] == "None"
    assert found["spec"]["ports"][0]["port"] == dns["port"]


def test_what_is_drawn_and_alarmed_is_really_measured(server: tuple[int, int]) -> None:
    ask(server[0], "/")
    metrics = ask(server[1], "/metrics").body.decode()
    known = {line.split("{")[0].split(" ")[0] for line in metrics.splitlines() if line[:1] != "#"}
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    alerts = yaml.safe_load((MONITORING / "alerts.yml").read_text())
    rules = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    rules += [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
    used = set(re.findall(r"\b((?:caddy|process)_\w+)", " ".join(rules)))
    assert len(used) >= 5
    assert used <= known


def test_the_dashboard_can_be_imported() -> None:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    [source] = dashboard["templating"]["list"]
    for panel in dashboard["panels"]:
        assert panel["datasource"]["uid"] == f"${{{source['name']}}}"
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24


def test_the_dashboard_of_cloudwatch_is_json() -> None:
    board = read_template(TEMPLATE)["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
    widgets = json.loads(board["Fn::Sub"])["widgets"]
    assert len(widgets) == 5
