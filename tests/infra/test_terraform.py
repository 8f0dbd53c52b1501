"""The container origin's Terraform: looked at, tried with a made-up provider, applied to moto."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import s3_servers
from tests.support.infra import ROOT

SOURCE = ROOT / "infra" / "terraform"


def plugin_folder() -> Path | None:
    """Where this machine has the AWS provider on its disk, if anywhere."""
    given = os.environ.get("TF_PLUGIN_DIR")
    machine = "arm64" if platform.machine() in ("aarch64", "arm64") else "amd64"
    places = [Path(given)] if given else [Path("/opt"), Path("/usr/share"), Path.home()]
    for place in places:
        for depth in range(1, 9):
            for found in place.glob("*/" * depth + "terraform-provider-aws*"):
                kind = found.parent.name
                if found.is_file() and kind == f"linux_{machine}":
                    return found.parents[5]
    return None


def terraform(*words: str, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    program = shutil.which("terraform")
    assert program, "these tests need terraform"
    # The provider's schemas are hundreds of megabytes, made at each start: collecting garbage
    # meanwhile takes longer than all the rest.
    quickly = {"GOGC": "400", "CHECKPOINT_DISABLE": "1"}
    environment = {**os.environ, "TF_IN_AUTOMATION": "1", **quickly}
    ran = subprocess.run(
        [program, *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )
    assert not check or ran.returncode == 0, ran.stdout + ran.stderr
    return ran


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the configuration, with its provider where the machine has it."""
    copied = tmp_path_factory.mktemp("terraform") / "infra"
    shutil.copytree(SOURCE, copied / "terraform", ignore=shutil.ignore_patterns(".terraform*"))
    shutil.copytree(ROOT / "infra" / "scripts", copied / "scripts")
    plugins = plugin_folder()
    if plugins is None:
        pytest.fail(
            "no terraform-provider-aws on this machine: validate, test and apply could not be "
            "tried; set TF_PLUGIN_DIR to a plugin folder (`terraform providers mirror` makes one)"
        )
    terraform("init", "-backend=false", f"-plugin-dir={plugins}", cwd=copied / "terraform")
    return copied / "terraform"


def test_the_form_is_terraforms_own() -> None:
    terraform("fmt", "-check", "-recursive", cwd=SOURCE)


def test_the_configuration_is_valid(folder: Path) -> None:
    terraform("validate", cwd=folder)


def test_the_plan_promises_what_it_should(folder: Path) -> None:
    assert "6 passed, 0 failed" in terraform("test", "-no-color", cwd=folder).stdout


_OVERRIDE = """
terraform {{
  backend "local" {{}}
}}

provider "aws" {{
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true

  endpoints {{
{endpoints}
  }}
}}
"""


def test_it_is_made_once_and_changed_no_more(
    folder: Path, tmp_path: Path, moto_server: str
) -> None:
    work = tmp_path / "infra"
    shutil.copytree(folder.parent, work, symlinks=True)
    work = work / "terraform"
    services = ("autoscaling", "ec2", "elbv2", "iam", "ssm", "sts")
    endpoints = "\n".join(f'    {name} = "{moto_server}"' for name in services)
    (work / "offline_override.tf").write_text(_OVERRIDE.format(endpoints=endpoints))

    ec2 = s3_servers.client("ec2", moto_server)
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0][
        "VpcId"
    ]
    only = [{"Name": "vpc-id", "Values": [vpc]}]
    subnets = [one["SubnetId"] for one in ec2.describe_subnets(Filters=only)["Subnets"]]
    groups = ec2.describe_security_groups(
        Filters=[*only, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    values = {
        "vpc_id": vpc,
        "subnet_ids": subnets[:2],
        "image": "tidepost:1",
        "ami_id": ec2.describe_images()["Images"][0]["ImageId"],
        "container_key": "a-secret-of-more-than-24-characters",
        "insecure_http": True,
        "import_network": True,
        "default_security_group_id": groups[0]["GroupId"],
    }
    (work / "terraform.tfvars.json").write_text(json.dumps(values))
    plugins = plugin_folder()
    terraform("init", f"-plugin-dir={plugins}", "-reconfigure", cwd=work)

    first = terraform("apply", "-auto-approve", "-no-color", cwd=work).stdout
    assert "1 imported" in first
    told: dict[str, Any] = json.loads(terraform("output", "-json", cwd=work).stdout)
    scaling = s3_servers.client("autoscaling", moto_server)
    [group] = scaling.describe_auto_scaling_groups(
        AutoScalingGroupNames=[told["group_name"]["value"]]
    )["AutoScalingGroups"]
    assert (group["MinSize"], group["DesiredCapacity"], group["MaxSize"]) == (1, 1, 1)
    balancers = s3_servers.client("elbv2", moto_server).describe_load_balancers()["LoadBalancers"]
    assert told["origin_address"]["value"] in [one["DNSName"] for one in balancers]
    assert told["balancer_name"] == told["origin_address"]

    # Terraform finds nothing to change, nor sets back the parameter that a deploy changes.
    ssm = s3_servers.client("ssm", moto_server)
    ssm.put_parameter(Name="/tidepost/image", Value="tidepost:2", Overwrite=True)
    later = terraform("plan", "-detailed-exitcode", "-no-color", cwd=work, check=False)
    assert later.returncode == 0, later.stdout + later.stderr

    boot = _boot_script(work)
    assert "tidepost-roll" in boot
    syntax = subprocess.run(["bash", "-n"], input=boot, text=True, capture_output=True)
    assert syntax.returncode == 0, syntax.stderr


def _boot_script(work: Path) -> str:
    import base64

    state = json.loads((work / "terraform.tfstate").read_text())
    [launch] = [one for one in state["resources"] if one["type"] == "aws_launch_template"]
    return base64.b64decode(launch["instances"][0]["attributes"]["user_data"]).decode()
