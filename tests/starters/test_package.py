"""The wheel, installed elsewhere, does all that the repository does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from generator.adapters.aws.lambda_package import package
from generator.adapters.files import environment as environments
from tests.support.sites import ENVIRONMENT, PROJECT

pytestmark = pytest.mark.xdist_group("package")

PLACE = "Scripts" if os.name == "nt" else "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `pip install .` makes and installs."""
    to = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(to)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    (made,) = to.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel, and with the libraries of the one that runs the tests."""
    folder = tmp_path_factory.mktemp("environment")
    uv = [sys.executable, "-m", "uv"]
    quiet = {"check": True, "capture_output": True}
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(folder)], **quiet)  # type: ignore[call-overload]
    python = folder / PLACE / "python"
    subprocess.run(  # type: ignore[call-overload]
        [*uv, "pip", "install", "-q", "--python", str(python), "--no-deps", str(wheel)], **quiet
    )
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    place = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    libraries = Path(place.stdout.strip()) / "libraries.pth"
    libraries.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def run(environment: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = command
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [environment / PLACE / program, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**clean, **ENVIRONMENT},
    )


def test_nothing_but_generator_comes_into_site_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"generator"}
    assert not [name for name in names if "__pycache__" in name or "/.tidepost/" in name]
    assert "Requires-Dist: jinja2" in metadata
    for path in (
        "templates/base.html", "static/css/site.css", "starters/resume/data/resume.json",
        "infra/site.yaml", "infra/edge/viewer-request.js", "backend/counter/app.py",
        "schema/site.schema.json", "tests/site/test_site.py", "starters/common/gitignore",
    ):  # fmt: skip
        assert f"generator/shipped/{path}" in names


def test_a_site_is_made_checked_and_published(environment: Path, tmp_path: Path) -> None:
    done = run(environment, tmp_path, "tidepost", "--version")
    assert done.stdout.startswith("Tidepost, version ")
    done = run(environment, tmp_path, "tidepost", "new", "site", "my-site", "--starter", "resume")
    assert (done.returncode, done.stderr) == (0, "")
    site = tmp_path / "my-site"
    requirement = (site / "requirements.txt").read_text(encoding="utf-8")
    assert requirement.startswith("tidepost @ file://")
    assert requirement.strip().endswith(".whl")
    done = run(environment, site, "tidepost", "check", "--future")
    assert done.returncode == 0, done.stderr
    done = run(environment, site, "python", "publish.py", "--future")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Published release 1")
    done = run(environment, site, "tidepost", "releases", "--json")
    assert json.loads(done.stdout)
    done = run(environment, site, "tidepost", "--help")
    assert done.stdout.startswith("Usage: tidepost ")


def test_functions_and_templates_are_found_there(environment: Path, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from generator.adapters.functions import local_api\n"
        "from generator.adapters.aws.lambda_package import package\n"
        "from generator.app.cloud import EDGE_TEMPLATE\n"
        "from generator.cli.infra import SHIPPED\n"
        "api = local_api(Path('state'))\n"
        "print(api('GET', '/api/count', 'path=/').status, EDGE_TEMPLATE.is_file())\n"
        "print([code.key for code in package(SHIPPED).codes])\n"
        "import generator; print(generator.__file__)\n"
    )
    done = run(environment, tmp_path, "python", "-c", code)
    assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    assert first.endswith(" True")
    assert second == str([code.key for code in package(PROJECT / "infra" / "site.yaml").codes])
    assert third.startswith(str(environment))


def test_a_folder_that_is_no_site_is_told_how_to_begin(environment: Path, tmp_path: Path) -> None:
    done = run(environment, tmp_path, "tidepost")
    assert done.returncode == 1
    assert "site.yaml: no-site" in done.stderr
    assert "new site my-site" in done.stderr


def test_a_vendored_site_needs_no_package(environment: Path, tmp_path: Path) -> None:
    done = run(environment, tmp_path, "tidepost", "new", "site", "own", "--vendored")
    assert (done.returncode, done.stderr) == (0, "")
    site = tmp_path / "own"
    code = "import generator; print(generator.__file__)"
    done = run(environment, site, "python", "-c", code)
    assert done.stdout.startswith(str(site.resolve()))
    assert (site / "generator" / "cli" / "__init__.py").is_file()
    assert not (site / "generator" / "shipped").exists()
    init = site / "generator" / "__init__.py"
    init.write_text('__version__ = "7.7.7"\n', encoding="utf-8")
    for program in (["python", "publish.py"], ["tidepost"]):
        done = run(environment, site, *program, "--version")
        assert done.stdout.split()[-1] == "7.7.7"
    done = run(environment, site, "tidepost", "check", "--future")
    assert done.returncode == 0, done.stderr
    shipped = (PROJECT / "infra" / "site.yaml").read_bytes()
    assert (site / "infra" / "site.yaml").read_bytes() == shipped
    assert os.access(site / "infra" / "scripts" / "build.sh", os.X_OK)


def test_an_environment_is_made_in_the_site_s_folder(environment: Path, tmp_path: Path) -> None:
    done = run(environment, tmp_path, "tidepost", "setup")
    assert done.returncode == 1
    assert str(tmp_path / "requirements.txt") in done.stderr
    (tmp_path / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    done = run(environment, tmp_path, "tidepost", "setup")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / ".venv" / PLACE / "python").exists()


@pytest.mark.parametrize("hashed", [False, True])
def test_hashes_are_asked_for_where_they_are_listed(hashed: bool, tmp_path: Path) -> None:
    listed = tmp_path / "requirements.txt"
    listed.write_text("a==1 --hash=sha256:00\n" if hashed else "a @ file:///a.whl\n")
    command = environments._install(Path(sys.executable), listed)
    assert ("--require-hashes" in command) is hashed


def test_without_the_package_a_site_says_what_to_install(environment: Path, tmp_path: Path) -> None:
    done = run(environment, tmp_path, "tidepost", "new", "site", "alone")
    assert done.returncode == 0
    alone = subprocess.run(
        [sys.executable, "-S", "publish.py"],
        cwd=tmp_path / "alone",
        capture_output=True,
        text=True,
        check=False,
    )
    assert alone.returncode == 1
    assert alone.stderr == (
        "Tidepost is not installed here: run `python -m pip install -r requirements.txt`.\n"
    )
