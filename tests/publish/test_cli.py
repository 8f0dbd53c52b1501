"""The commands, as the owner types them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator.adapters import git
from tests.support import published as sites
from tests.support.bucket import Bucket
from tests.support.owner import ROOT, Owner


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path / "site")


def test_a_day_with_a_folder(owner: Owner) -> None:
    assert "index.html" in owner.run("plan")
    assert not (owner.folder / "_published/index.html").exists()
    said = owner.run()
    assert "Published release 1" in said
    assert "Look at it" in said
    assert (owner.folder / "_published/index.html").is_file()
    assert "Nothing changed since release 1" in owner.run("publish")
    assert "Nothing to do" in owner.run("plan")
    owner.post("second", "More.")
    told = owner.data("publish")
    assert (told["published"], told["sequence"]) == (True, 2)
    assert [one["sequence"] for one in owner.data("releases")["releases"]] == [1, 2]
    assert (owner.folder / "_published/posts/second/index.html").is_file()
    assert "Published release 3" in owner.run("rollback")
    assert not (owner.folder / "_published/posts/second").exists()
    assert "back to 1" in owner.run("releases")
    assert "no release" in owner.run("rollback", "77", code=3)
    assert "Deleted" in owner.run("gc")
    assert all(f["state"] == "ok" for f in owner.data("doctor")["findings"])


def test_a_plan_is_done_as_it_was_shown_or_not_at_all(owner: Owner) -> None:
    file = owner.folder / "plan.json"
    file.write_text(owner.run("plan", "--json"))
    owner.run("publish", "--plan", str(file))
    assert "was published since" in owner.run("publish", "--plan", str(file), code=3)
    owner.post("second", "More.")
    file.write_text(owner.run("plan", "--json"))
    owner.post("third", "Still more.")
    assert "built again" in owner.run("publish", "--plan", str(file), code=3)
    for text in (b"{}", b'{"store": "\xff"}'):
        file.write_bytes(text)
        assert "is not a plan" in owner.run("publish", "--plan", str(file), code=3)


def test_a_plan_is_for_one_place(owner: Owner) -> None:
    file = owner.folder / "plan.json"
    file.write_text(owner.run("plan", "--json"))
    owner.settings("publish: {folder: elsewhere}")
    said = owner.run("publish", "--plan", str(file), code=3)
    assert "this plan is for folder _published, and this would publish to folder elsewhere" in said
    assert not (owner.folder / "elsewhere/index.html").exists()
    owner.settings()
    file.write_text(file.read_text(), encoding="utf-16")  # as PowerShell's > does
    assert "Published release 1" in owner.run("publish", "--plan", str(file))


def test_a_preview_hides_from_search_engines_and_goes_again(owner: Owner) -> None:
    owner.run()
    before = (owner.folder / "_published/index.html").read_bytes()
    owner.post("draft", "Is this good?")
    said = owner.run("publish", "--preview", "idea")
    assert "Published the preview idea: " in said
    assert "Look at the preview: " in said
    assert "(then http://localhost:8000/_preview/idea/)" in said
    assert "release" not in said
    page = owner.folder / "_published/_preview/idea/posts/draft/index.html"
    assert "noindex" in page.read_text()
    assert (owner.folder / "_published/index.html").read_bytes() == before
    [listed] = owner.data("previews")["previews"]
    assert listed["url"] == "https://blog.example/_preview/idea/"
    assert "_published/_preview/idea/" in owner.run("previews")
    assert "Nothing changed since the preview idea" in owner.run("publish", "--preview", "idea")
    owner.run("previews", "--remove", "idea")
    assert owner.data("previews")["previews"] == []
    assert not (owner.folder / "_published/_preview").exists()
    assert "no preview" in owner.run("previews", "--remove", "idea", code=3)
    assert "good address" in owner.run("publish", "--preview", "../x", code=3)


def test_variants_are_made_by_setting(owner: Owner) -> None:
    import gzip

    owner.settings("publish: {precompress: true}")
    owner.run()
    for name in ("index.html", "sitemap.xml"):
        plain = (owner.folder / f"_published/{name}").read_bytes()
        variant = owner.folder / f"_published/{name}.gz"
        assert (len(plain) < 1_024) != variant.exists()
        if variant.exists():
            assert gzip.decompress(variant.read_bytes()) == plain
    assert (owner.folder / "_published/index.html.gz").exists()
    assert "Nothing changed" in owner.run()


def test_refusals_are_told_with_a_way_out(owner: Owner) -> None:
    (owner.folder / "_published").mkdir()
    (owner.folder / "_published/index.html").write_text("mine")
    said = owner.run(code=3)
    assert "foreign-object" in said
    assert "--force" in said
    assert (owner.folder / "_published/index.html").read_text() == "mine"
    owner.run("publish", "--force")


@pytest.mark.parametrize("bucket", ["moto-versioned"], indirect=True)
def test_a_day_with_s3(owner: Owner, bucket: Bucket) -> None:
    owner.settings(
        "publish:",
        "  target: s3",
        f"  bucket: {bucket.name}",
        f"  prefix: {bucket.prefix.rstrip('/')}",
        f"  endpoint_url: {bucket.upstream}",
        f"  region: {'us-east-1'}",
    )
    assert "Published release 1" in owner.run()
    assert "index.html" in bucket.live()
    owner.post("second", "More.")
    assert "$0.0" in owner.run("plan")
    owner.run()
    owner.run("rollback")
    assert "posts/second/index.html" not in bucket.live()
    states = {f["what"]: f["state"] for f in owner.data("doctor")["findings"]}
    assert "wrong" not in states.values()
    assert states["credentials"] == "ok"
    owner.settings(
        "publish: {target: s3, bucket: no-such-bucket-here,",
        f"  endpoint_url: '{bucket.upstream}'}}",
    )
    assert "bucket does not exist" in owner.run(code=3)


def test_an_older_checkout_is_noticed(owner: Owner) -> None:
    def run(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments],
            cwd=owner.folder,
            check=True,
            capture_output=True,
        )

    run("init", "-q")
    run("add", "content")
    run("commit", "-qm", "one")
    first = git.head(owner.folder)
    owner.post("second", "More.")
    run("add", "content")
    run("commit", "-qm", "two")
    assert git.head(owner.folder).id != first.id
    owner.run()
    run("checkout", "-q", first.id)
    assert "older-commit" in owner.run(code=3)
    owner.run("publish", "--force")
    assert git.history(owner.folder, first, "0" * 40, first.time + 1) == (True, True)
    assert git.history(owner.folder, first, "0" * 40, first.time - 1) == (False, True)
    assert git.head(Path("/")) == git.Commit()


def test_boto3_is_not_imported_for_a_folder(owner: Owner) -> None:
    code = (
        "import sys; from generator.cli.commands import run; run(['publish']);"
        "sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=owner.folder,
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_sites_of_the_tests_are_whole() -> None:
    for site in (sites.old_site(), sites.new_site()):
        contents = {path: content for path, (_, content) in site.items()}
        assert not sites.broken_references(contents, contents)


def test_a_variant_of_the_owners_own_stays_as_it_is(owner: Owner) -> None:
    import gzip

    (owner.folder / "static").unlink()
    shutil.copytree(ROOT / "static", owner.folder / "static")
    mine = owner.folder / "static/root"
    mine.mkdir(exist_ok=True)
    (mine / "list.txt").write_bytes(b"a line\n" * 1_000)
    (mine / "list.txt.gz").write_bytes(gzip.compress(b"a line\n" * 1_000, 1, mtime=5))
    owner.settings("publish: {precompress: true}")
    owner.run()
    published = (owner.folder / "_published/list.txt.gz").read_bytes()
    assert published == (mine / "list.txt.gz").read_bytes()
