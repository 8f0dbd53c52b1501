"""The pipelines: their form, what the linters say, and two of their jobs run for real."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from tests.support.infra import ROOT, program, run
from tests.support.owner import Owner
from tests.support.s3_servers import Proxy
from tests.support.tools import debian, npm_package

GITLAB = ROOT / ".gitlab-ci.yml"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITHUB_PAGES, GITLAB_PAGES = (
    ROOT / "infra" / "pages" / f"{name}.yml" for name in ("github", "gitlab")
)
SCRIPTS = ROOT / "infra" / "scripts"


@pytest.fixture(scope="module")
def gitlab() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(GITLAB.read_text())
    return loaded


@pytest.mark.network
def test_gitlabs_file_has_gitlabs_form() -> None:
    check = program("check-jsonschema", "check-jsonschema")
    schema = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    run(check, *schema, GITLAB)
    run(check, *schema, GITLAB_PAGES)


@pytest.mark.network
def test_githubs_files_have_githubs_form() -> None:
    check = program("check-jsonschema", "check-jsonschema")
    run(check, "--builtin-schema", "vendor.github-workflows", *WORKFLOWS, GITHUB_PAGES)


@pytest.mark.network
def test_what_dependabot_is_told_has_its_form() -> None:
    check = program("check-jsonschema", "check-jsonschema")
    run(check, "--builtin-schema", "vendor.dependabot", ROOT / ".github" / "dependabot.yml")


@pytest.mark.network
def test_zizmor_finds_nothing() -> None:
    run(program("zizmor", "zizmor"), "--offline", *WORKFLOWS, GITHUB_PAGES)


def test_the_front_end_has_four_stages_and_five_jobs(gitlab: dict[str, Any]) -> None:
    main = ("build", "package", "test", "deploy-s3", "deploy-containers")
    assert [gitlab[job]["stage"] for job in main] == [
        "build",
        "package",
        "test",
        "deploy",
        "deploy",
    ]
    assert gitlab["stages"][:4] == ["build", "package", "test", "deploy"]
    workflow = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text())
    assert set(main) <= set(workflow["jobs"])


def test_both_pipelines_run_the_same_scripts(gitlab: dict[str, Any]) -> None:
    def scripts(text: str) -> set[str]:
        return set(re.findall(r"infra/scripts/(\w+\.sh)", text))

    github = scripts("".join(file.read_text() for file in WORKFLOWS))
    assert scripts(GITLAB.read_text()) == github
    assert github == {file.name for file in SCRIPTS.glob("*.sh")} - {"roll.sh"}


def test_the_back_end_runs_for_whatever_its_scripts_use(gitlab: dict[str, Any]) -> None:
    """The tests of the back end, the commands that deploy and try it, and the widgets they load."""
    [workflow] = [file for file in WORKFLOWS if file.stem == "backend"]
    events = yaml.load(workflow.read_text(), yaml.BaseLoader)["on"]
    paths = events["push"]["paths"]
    assert events["pull_request"]["paths"] == paths
    for job in ("backend-test", "backend-deploy"):
        [rule] = [rule for rule in gitlab[job]["rules"] if "changes" in rule]
        assert [one.replace("/**/*", "/**") for one in rule["changes"]] == paths
    used = set(re.findall(r"tests/\w+", (SCRIPTS / "test_backend.sh").read_text()))
    used |= {"generator/cli/visitors.py", "generator/cli/infra.py", "static/js/counter.js"}
    for path in used:
        assert any(f"{path}/".startswith(one.rstrip("*")) for one in paths), path


def test_actions_and_images_are_pinned(gitlab: dict[str, Any]) -> None:
    for file in [*WORKFLOWS, GITHUB_PAGES]:
        for line in file.read_text().splitlines():
            if "uses:" in line:
                assert re.search(r"uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line
    images = [
        gitlab["default"]["image"],
        yaml.safe_load(GITLAB_PAGES.read_text())["pages"]["image"],
    ]
    for job in gitlab.values():
        if isinstance(job, dict) and "image" in job:
            images += [job["image"].replace("${PYTHON}", version) for version in pythons(job)]
    for image in images:
        assert re.search(r":\d+\.\d+\.\d+", image), image


def test_both_desktops_do_what_the_docs_say(gitlab: dict[str, Any]) -> None:
    job = yaml.safe_load((ROOT / ".github/workflows/program.yml").read_text())["jobs"]["desktops"]
    rows = job["strategy"]["matrix"]["include"]
    assert [row["os"].partition("-")[0] for row in rows] == ["windows", "macos"]
    told = [step["run"] for step in job["steps"] if "run" in step]
    assert told[:3] == ["python publish.py setup --dev", "python publish.py check",
                        "python publish.py"]  # fmt: skip
    assert "--quick" in told[3]
    for row, name, launcher in zip(rows, ("windows", "macos"), ("py", "python3"), strict=True):
        assert gitlab[name]["script"] == [
            *(one.replace("python ", f"{launcher} ", 1) for one in told[:3]),
            told[3].replace("${{ matrix.python }}", row["python"]),
        ]
    first = (ROOT / "docs/first-hour.md").read_text(encoding="utf-8")
    assert "py publish.py setup" in first
    assert rows[0]["python"] in first


@pytest.mark.parametrize("file", [GITHUB_PAGES, GITLAB_PAGES], ids=lambda file: file.stem)
def test_the_jobs_for_pages_build_a_site(file: Path, tmp_path: Path) -> None:
    """Their commands, in their order, on a small site; what is uploaded is the site."""
    jobs = yaml.safe_load(file.read_text())
    if file is GITHUB_PAGES:
        steps = jobs["jobs"]["build"]["steps"]
        commands = [step["run"] for step in steps if "run" in step]
        [uploaded] = [s["with"]["path"] for s in steps if "upload-pages" in s.get("uses", "")]
    else:
        commands = jobs["pages"]["script"]
        [uploaded] = jobs["pages"]["artifacts"]["paths"]
    site = Owner(tmp_path / "site").folder
    (site / "publish.py").write_text((ROOT / "publish.py").read_text())
    (site / "generator").symlink_to(ROOT / "generator", target_is_directory=True)
    (site / ".venv").symlink_to(ROOT / ".venv", target_is_directory=True)
    (site / "requirements.txt").write_text("")
    os.utime(site / "requirements.txt", (0, 0))
    for command in commands:
        words = command.replace("python publish.py", f"{sys.executable} publish.py")
        words = words.replace(f".venv/bin/{sys.executable}", sys.executable)
        subprocess.run(words, shell=True, cwd=site, check=True, capture_output=True)
    assert (site / uploaded / "posts/hello/index.html").is_file()


def pythons(job: dict[str, Any]) -> list[str]:
    """Return the versions of Python of a job at GitLab; one empty text where it names none."""
    rows = job.get("parallel", {}).get("matrix", [{"PYTHON": ""}])
    found = [row["PYTHON"] for row in rows]
    return [each for one in found for each in (one if isinstance(one, list) else [one])]


def test_all_is_tested_on_the_oldest_and_the_newest_python(gitlab: dict[str, Any]) -> None:
    """As .ci/run does it here; and the quick tests with the lowest and the newest versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    oldest = project["requires-python"].removeprefix(">=")
    jobs = yaml.safe_load((ROOT / ".github/workflows/program.yml").read_text())["jobs"]
    newest = jobs["whole"]["strategy"]["matrix"]["python"][-1]
    assert jobs["whole"]["strategy"]["matrix"]["python"] == [oldest, newest]
    assert jobs["versions"]["strategy"]["matrix"]["include"] == [
        {"which": "lowest", "python": oldest},
        {"which": "newest", "python": newest},
    ]
    for name in ("program", "versions"):
        assert [one.rpartition(".")[0] for one in pythons(gitlab[name])] == [oldest, newest]
    assert [row["WHICH"] for row in gitlab["versions"]["parallel"]["matrix"]] == [
        "lowest",
        "newest",
    ]
    assert [step["run"] for step in jobs["whole"]["steps"] if "run" in step] == [".ci/run"]
    assert gitlab["program"]["script"] == [".ci/run"]
    steps = (ROOT / ".ci/run").read_text().split("step make ")[1:]
    assert [step.split()[0] for step in steps] == ["lint", "types", "test"]


def test_whatever_belongs_to_the_program_starts_its_tests(gitlab: dict[str, Any]) -> None:
    """What is the owner's does not: a post must not wait for the tests of the program."""
    events = yaml.load((ROOT / ".github/workflows/program.yml").read_text(), yaml.BaseLoader)["on"]
    paths = events["push"]["paths"]
    assert events["pull_request"]["paths"] == paths
    for name in ("program", "versions"):
        [changes] = [rule["changes"] for rule in gitlab[name]["rules"] if "changes" in rule]
        assert [one.replace("/**/*", "/**") for one in changes] == paths
    owners = tomllib.loads((ROOT / "generator/belongings.toml").read_text())
    for each in (*owners["program"], "templates/", "static/", ".ci/", ".github/", "Makefile"):
        inside = f"{each}x" if each.endswith("/") else each
        assert any(fnmatch(inside, path) for path in paths), each
    for each in ("content/posts/x.md", "data/x.yaml", "site.yaml"):
        assert not any(fnmatch(each, path) for path in paths), each


def test_nobody_has_a_long_lived_key() -> None:
    exchange = SCRIPTS / "web_identity.sh"
    for file in (GITLAB, *WORKFLOWS, *SCRIPTS.glob("*.sh")):
        lines = file.read_text().splitlines()
        keys = [line for line in lines if re.search("SECRET_ACCESS_KEY|ACCESS_KEY_ID", line)]
        # What the exchange gives is good for an hour, and only with its session token.
        allowed = [line for line in keys if file == exchange and not re.search("=|secrets", line)]
        assert keys == allowed, file
    assert "read -r AWS_SESSION_TOKEN" in exchange.read_text()


def test_what_deploys_is_not_done_twice_at_once(gitlab: dict[str, Any]) -> None:
    for job in ("deploy-s3", "deploy-containers", "backend-deploy"):
        assert gitlab[job]["resource_group"]
        assert gitlab[job]["interruptible"] is False


@pytest.mark.network
def test_gitlabs_jobs_run(tmp_path: Path) -> None:
    """`build` and `test` of the front end, by gitlab-ci-local, in a clone of this repository."""
    debian("rsync")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{ROOT}", clone], check=True)
    git = ["git", "-C", str(clone)]
    subprocess.run(
        [*git, "remote", "set-url", "origin", "git@gitlab.com:group/site.git"], check=True
    )
    # The environment that make would set up takes minutes; it stands for itself.
    binaries = clone / ".venv" / "bin"
    binaries.mkdir(parents=True)
    python = binaries / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    ready = clone / ".venv" / "ready"
    ready.touch()
    later = time.time() + 3600
    os.utime(ready, (later, later))

    local = npm_package("gitlab-ci-local", "4.61.0") / "src" / "index.js"
    options = ["--force-shell-executor", "--no-shell-isolation", "--home", str(tmp_path / "home")]
    said = run("node", local, *options, "build", "test", cwd=clone)
    assert "PASS" in said, said
    assert (clone / "_site" / "index.html").is_file()
    assert (clone / "_container" / "redirects.caddy").is_file()


def _fake(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


_SHOW = 'echo "$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN ${AWS_ID_TOKEN:-gone}"'
_ASSUMED = (
    b"<AssumeRoleWithWebIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'>"
    b"<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>"
    b"<SecretAccessKey>s3cret</SecretAccessKey><SessionToken>session/token==</SessionToken>"
    b"</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
)


@pytest.fixture
def sts() -> Iterator[Proxy]:
    """A token service that takes a token only once, and at once."""
    made = Proxy("http://127.0.0.1:1")
    made.rule = lambda number, seen: (200, {"Content-Type": "text/xml"}, _ASSUMED)
    yield made
    made.shutdown()
    made.server_close()


def test_a_job_exchanges_its_token_before_anything_else(tmp_path: Path, sts: Proxy) -> None:
    """GitHub's is good for five minutes, and the command may build for longer than that."""
    script = SCRIPTS / "web_identity.sh"
    aws = {"AWS_ENDPOINT_URL_STS": sts.endpoint, "TMPDIR": str(tmp_path)}
    gitlab = aws | {"AWS_ID_TOKEN": "signed&sealed", "CI_PIPELINE_ID": "7"}
    said = run(script, "arn:aws:iam::1:role/r", "sh", "-c", _SHOW, env=gitlab)
    assert said == "ASIA1 s3cret session/token== gone\n"
    assert list(tmp_path.iterdir()) == []
    [asked] = sts.seen
    assert parse_qs(asked.body.decode()) == {
        "Action": ["AssumeRoleWithWebIdentity"],
        "Version": ["2011-06-15"],
        "RoleArn": ["arn:aws:iam::1:role/r"],
        "RoleSessionName": ["tidepost-7"],
        "WebIdentityToken": ["signed&sealed"],
    }

    _fake(tmp_path / "bin", "curl", """echo '{"value": "from-github"}'""")
    github = aws | {
        "ACTIONS_ID_TOKEN_REQUEST_URL": "http://localhost/?a=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer",
        "GITHUB_ACTIONS": "true",
        "GITHUB_RUN_ID": "8",
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
    }
    said = run(script, "arn:role", "sh", "-c", _SHOW, env=github)
    assert said.splitlines() == [
        "::add-mask::s3cret",
        "::add-mask::session/token==",
        "ASIA1 s3cret session/token== gone",
    ]
    assert parse_qs(sts.seen[1].body.decode())["WebIdentityToken"] == ["from-github"]

    # A person has credentials already.
    assert run(script, "arn:role", "sh", "-c", "echo mine") == "mine\n"
    assert len(sts.seen) == 2


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (
            403,
            b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized to perform "
            b"sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>",
            "the role arn:role: AccessDenied: Not authorized to perform sts:Assume",
        ),
        (404, b"<html><p>no", "the role arn:role: 404"),
        (200, b"<html/>", "does not answer as STS does"),
    ],
)
def test_a_job_without_its_role_says_why_and_does_nothing(
    tmp_path: Path, sts: Proxy, status: int, body: bytes, said: str
) -> None:
    sts.rule = lambda number, seen: (status, {"Content-Type": "text/xml"}, body)
    env = {**os.environ, "AWS_ENDPOINT_URL_STS": sts.endpoint, "AWS_ID_TOKEN": "signed"}
    command = [SCRIPTS / "web_identity.sh", "arn:role", "touch", tmp_path / "done"]
    ran = subprocess.run(command, env=env, capture_output=True, text=True)
    assert ran.returncode == 1
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_failed_command_fails_the_job(tmp_path: Path) -> None:
    ran = subprocess.run([SCRIPTS / "web_identity.sh", "arn:role", "false"])
    assert ran.returncode == 1


def test_the_back_end_reaches_production_by_way_of_the_test_stage(tmp_path: Path) -> None:
    """deploy_backend.sh, with a publish.py that keeps books; a failing smoke test stops it."""
    root = tmp_path / "site"
    (root / "infra" / "scripts").mkdir(parents=True)
    (root / ".venv" / "bin").mkdir(parents=True)
    script = root / "infra" / "scripts" / "deploy_backend.sh"
    script.write_text((SCRIPTS / "deploy_backend.sh").read_text())
    script.chmod(0o755)
    _fake(tmp_path / "bin", "make", "true")
    _fake(root / ".venv" / "bin", "python", 'echo "$*" >> "$BOOK"; [ "$2" != "$FAILS" ]')
    environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    for fails, steps in (("nothing", ["infra", "smoke", "infra"]), ("smoke", ["infra", "smoke"])):
        book = tmp_path / fails
        env = {**os.environ, **environment, "BOOK": str(book), "FAILS": fails}
        ran = subprocess.run([script], env=env)
        assert (ran.returncode == 0) is (fails == "nothing")
        lines = book.read_text().splitlines()
        assert [line.split()[1] for line in lines] == steps
        assert "--stage test" in lines[0]
        if fails == "nothing":
            assert "--stage prod" in lines[-1]
