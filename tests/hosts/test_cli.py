"""The commands, with a branch and with a server as the place."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from generator.adapters.hosts.host_files import WRITERS
from generator.config.publish import PublishSettings
from generator.config.settings import SiteConfig
from generator.core.problems import SiteError
from tests.support.owner import Owner
from tests.support.repository import git
from tests.support.sites import config
from tests.support.ssh import sshd
from tests.support.tools import ROOT


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path / "site")


def test_a_day_with_a_branch(owner: Owner, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    git(owner.folder, "init", "-q", "-b", "main")
    owner.settings("publish: {target: git}")
    assert "`git remote -v` lists the remotes" in owner.run("doctor", code=3)
    git(owner.folder, "remote", "add", "origin", str(remote))
    told = owner.run("doctor")
    assert "is not there yet; publishing makes it" in told
    assert "push: works" in told
    told = owner.run("plan")
    assert "Plan for branch gh-pages of origin:" in told
    assert "upload     .nojekyll  (new)" in told
    assert "S3" not in told
    owner.run()
    assert git(remote, "show", "gh-pages:.nojekyll") == ""
    assert "CNAME" not in git(remote, "ls-tree", "--name-only", "gh-pages")  # of an example's url
    assert git(remote, "for-each-ref", "--format=%(refname)") == "refs/heads/gh-pages"
    owner.run("publish", "--preview", "idea")
    listed = owner.run("previews")
    assert "  /_preview/idea/" in listed
    assert "://" not in listed  # the url is an example's, where nothing is
    owner.run("previews", "--remove", "idea")
    owner.post("second", "More.")
    owner.run()
    assert git(remote, "log", "--format=%s", "-1", "gh-pages") == "Release 2"
    owner.run("rollback")
    assert "posts/second/" not in git(remote, "ls-tree", "-r", "--name-only", "gh-pages")
    owner.settings("publish: {target: git, branch: main}")
    assert "holds what the site is made from" in owner.run("publish", code=3)
    owner.settings("publish: {target: git, retention: {releases: 1}}")
    owner.post("third", "Even more.")  # a release that no other within this second has the name of
    owner.run()
    before = int(git(remote, "rev-list", "--count", "gh-pages"))
    assert re.search(r"^Deleted [1-9]\d* objects", owner.run("gc"))
    assert before > 2
    assert git(remote, "rev-list", "--count", "gh-pages") == "2"


def test_a_day_with_a_server(owner: Owner, tmp_path: Path) -> None:
    served = tmp_path / "served"
    (tmp_path / "keys").mkdir()
    with sshd(tmp_path / "keys") as server:
        lines = [
            "publish:",
            "  target: rsync",
            "  server: server",
            f"  path: {served}/",
            f"  ssh_config: {server.config}",
            "  rules: apache",
        ]
        owner.settings(*lines)
        told = owner.run("doctor")
        assert "a release is sent by rsync, and goes live as a whole" in told
        owner.run()
        assert "Header always set content-security-policy" in (served / ".htaccess").read_text()
        owner.post("second", "More.")
        owner.run()
        assert (served / "posts/second/index.html").is_file()
        owner.run("rollback")
        assert not (served / "posts/second").exists()
        owner.settings(*lines, "  port: 1")
        told = owner.run("publish", code=3)
        assert "Connection refused" in told
        assert "publish.port" in told


def test_rules_stand_below_the_owners_own(owner: Owner) -> None:
    owner.settings("publish: {rules: netlify}")
    (owner.folder / "static").unlink()
    shutil.copytree(ROOT / "static", owner.folder / "static")
    root = owner.folder / "static/root"
    root.mkdir(exist_ok=True)
    (root / "_redirects").write_text("/mine /posts/hello/ 302")
    file = owner.folder / "content/posts/hello.md"
    file.write_text(file.read_text().replace("---\n\n", "aliases: [/older/]\n---\n\n", 1))
    owner.run("publish", "--json", code=0)
    lines = (owner.folder / "_published/_redirects").read_text().splitlines()
    assert lines == [
        "/mine /posts/hello/ 302",
        "/older/ /posts/hello/ 301!",
        "/older/index.html /posts/hello/ 301!",
    ]
    assert "/*" in (owner.folder / "_published/_headers").read_text()


def test_every_kind_of_rules_has_a_writer() -> None:
    [kinds] = [f.type for f in msgspec.structs.fields(PublishSettings) if f.name == "rules"]
    assert {*get_args(kinds)} == {*WRITERS, "none"}


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ("target: rsync", "needs `server:` and `path:`"),
        ("target: sftp\n  server: x\n  path: /", "needs `server:` and `path:`"),
        ("target: git\n  branch: -x", "branch: it may not begin with -"),
        ("target: git\n  branch: a..b", "branch: a name such as gh-pages"),
        ("target: git\n  branch: a b", "branch: a name such as gh-pages"),
        ("target: git\n  remote: --upload-pack=x", "remote: it may not begin with -"),
        ("target: rsync\n  server: -oProxyCommand=x\n  path: /srv", "server: it may not begin"),
        ("target: rsync\n  server: x\n  path: /srv\n  port: 0", "port: from 1 to 65535"),
        ("target: rsync\n  server: x\n  path: /srv\n  state: /srv/.x", "state: outside of"),
        ("folder: out\n  state: out/x/..", "state: outside of"),
    ],
)
def test_settings_that_no_program_should_get(lines: str, wrong: str) -> None:
    with pytest.raises(SiteError) as refused:
        config(f"publish:\n  {lines}\n")
    told = [f"{problem.message} {problem.line}" for problem in refused.value.problems]
    name, _, what = wrong.rpartition(": ") if wrong[0] != "n" else ("target", "", wrong)
    assert any(f"`publish.{name}`: " in one and what in one for one in told), told


def test_names_of_branches_that_are_taken() -> None:
    for branch in ("gh-pages", "pages", "release/web", "ü"):
        made = config(f"publish: {{target: git, branch: {branch}}}")
        assert isinstance(made, SiteConfig)
        assert made.publish.branch == branch
