"""The command `import`: what it writes, what it leaves alone, and where it finds a site."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from generator.adapters.files import import_folder
from generator.assets import resize
from generator.importers.model import NewFile
from tests.importers.sites import HERE, empty_site, publish, written
from tests.support.sites import tree, write

BLOG = HERE / "jekyll" / "blog" / "site"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    mine = {
        "content/pages/about.md": "mine",
        "site.yaml": "title: Mine\nurl: https://mine.example\n",
    }
    write(tmp_path, mine)
    done = publish("import", "jekyll", BLOG, "--into", tmp_path)
    assert done.returncode == 0
    assert "content/pages/about.md is there already and stays as it is" in done.stdout
    for path, text in mine.items():
        assert (tmp_path / path).read_text() == text
    assert (tmp_path / "content/posts/2019-05-06-second-lock.md").exists()
    report = (tmp_path / "import-report.md").read_text()
    assert "## Already there, and left as it is (1)" in report
    # An owner's changes to what was imported are kept as well, and the first report, too.
    post = tmp_path / "content/posts/2019-05-06-second-lock.md"
    post.write_text("changed")
    assert publish("import", "jekyll", BLOG, "--into", tmp_path).returncode == 0
    assert post.read_text() == "changed"
    assert (tmp_path / "import-report.md").read_text() == report
    assert "second-lock.md is there already" in (tmp_path / "import-report-2.md").read_text()


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    (tmp_path / "a.md").write_text("mine")
    monkeypatch.setattr(import_folder, "compare", lambda *_: "written")
    if not links:  # as on some network drives

        def refuse(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr(import_folder.os, "link", refuse)
    file = NewFile(path="a.md", origin="a.md", content=b"imported")
    assert import_folder.write_new(tmp_path, file, {}) == "kept"
    assert written(tmp_path) == {"a.md": b"mine"}
    other = NewFile(path="b/c.md", origin="b.md", content=b"imported")
    assert import_folder.write_new(tmp_path, other, {}) == "written"
    assert written(tmp_path) == {"a.md": b"mine", "b/c.md": b"imported"}


def test_an_import_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    publish("import", "jekyll", BLOG, "--into", tmp_path)
    whole = written(tmp_path)
    (tmp_path / "content/posts/2019-05-06-second-lock.md").unlink()
    (tmp_path / "static/images/lock.png").unlink()
    (tmp_path / "import-report.md").unlink()
    publish("import", "jekyll", BLOG, "--into", tmp_path)
    assert written(tmp_path) == whole


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    done = publish("import", "jekyll", BLOG, "--into", tmp_path, "--dry-run")
    assert done.returncode == 0
    assert "Nothing was written." in done.stdout
    assert written(tmp_path) == {}


def test_json_has_the_whole_report(tmp_path: Path) -> None:
    done = publish("import", "jekyll", BLOG, "--into", tmp_path, "--json")
    data = json.loads(done.stdout)
    assert data["counts"]["converted"] == 8
    assert "/2019/03/04/first-lock/" in data["urls"]
    assert {each["kind"] for each in data["entries"]} == {"converted", "changed", "left"}
    assert "permalinks" in data["settings"]


@pytest.mark.parametrize("bare", [False, True])
def test_a_repository_is_cloned(tmp_path: Path, bare: bool) -> None:
    work = Path(shutil.copytree(BLOG, tmp_path / "work"))
    name = ["-c", "user.name=A", "-c", "user.email=a@b.example"]
    for command in (["init", "-q"], ["add", "."], [*name, "commit", "-qm", "All"]):
        subprocess.run(["git", *command], cwd=work, check=True)
    subprocess.run(["git", "clone", "-q", "--bare", work, tmp_path / "blog.git"], check=True)
    source = str(tmp_path / "blog.git") if bare else f"file://{work}"
    done = publish("import", "jekyll", source, "--into", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site/content/posts/2019-05-06-second-lock.md").exists()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("no-such-folder", "there is no such folder"),
        ("file:///no/such/repository", "git could not fetch it"),
        ("--upload-pack=touch x@y", "No such option"),
        ("ext::sh -c true://x", "git could not fetch it"),
        (".", "this is no Jekyll site"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, source: str, told: str) -> None:
    if source == ".":
        source = str(tmp_path)
    done = publish("import", "jekyll", source, "--into", tmp_path)
    assert done.returncode in (1, 2)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert written(tmp_path) == {}


@pytest.mark.parametrize(
    ("source", "into", "told"),
    [
        (".", ".", "import: this is the folder of the new site"),
        (".", "new/site", "import: the new site lies in this folder, in new/site/"),
    ],
)
@pytest.mark.parametrize("program", ["jekyll", "hugo", "eleventy", "zola", "pelican"])
def test_a_site_is_not_imported_into_itself(
    tmp_path: Path, program: str, source: str, into: str, told: str
) -> None:
    write(tmp_path, {"_config.yml": "title: T\n", "hugo.toml": "", "content/posts/a.md": "a"})
    write(tmp_path / into, {"site.yaml": "title: T\nurl: https://a.example\n"})
    before = written(tmp_path)
    done = publish("import", program, tmp_path / source, "--into", tmp_path / into)
    assert (done.returncode, told in done.stderr) == (1, True), done.stderr
    assert written(tmp_path) == before


def test_links_that_lead_out_of_the_old_site_are_not_followed(tmp_path: Path) -> None:
    old = tmp_path / "old"
    write(
        tmp_path, {"secret.png": "secret", "old/_config.yml": "title: T\nurl: https://a.example\n"}
    )
    write(old, {"_posts/2020-01-02-x.md": "---\ntitle: X\n---\nText.\n"})
    (old / "secret.png").symlink_to(tmp_path / "secret.png")
    publish("import", "jekyll", old, "--into", tmp_path / "new")
    assert "static/secret.png" not in written(tmp_path / "new")


def test_a_folder_of_the_new_site_that_leads_elsewhere_is_left_alone(tmp_path: Path) -> None:
    new, elsewhere = tmp_path / "new", tmp_path / "elsewhere"
    elsewhere.mkdir()
    new.mkdir()
    (new / "content").symlink_to(elsewhere)
    done = publish("import", "jekyll", BLOG, "--into", new)
    assert done.returncode == 0
    assert written(elsewhere) == {}


def test_a_link_that_leads_back_to_itself_is_no_file(tmp_path: Path) -> None:
    old = tmp_path / "old"
    write(old, {"_config.yml": "title: T\n", "_posts/2020-01-02-x.md": "---\ntitle: X\n---\nT.\n"})
    (old / "loop.png").symlink_to("loop.png")
    done = publish("import", "jekyll", old, "--into", tmp_path / "new")
    assert (done.returncode, done.stderr) == (0, "")
    assert "content/posts/2020-01-02-x.md" in written(tmp_path / "new")
    assert "Converted 1 file (1 address kept or made, 0 changed)." in done.stdout


def test_an_export_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "export.xml")
    done = publish("import", "wordpress", tmp_path / "export.xml", "--into", tmp_path / "new")
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first.endswith("/export.xml: a named pipe, where only files and folders can be")
    assert second.strip() == "take it away, or put a file in its place"
    assert written(tmp_path / "new") == {}


def test_what_is_different_from_the_old_site_is_told_page_by_page(tmp_path: Path) -> None:
    old, built, new = tmp_path / "old", tmp_path / "built", empty_site(tmp_path / "new")
    matter = "---\ntitle: A text\n---\n"
    write(
        old,
        {
            "_config.yml": "title: T\nurl: https://a.example\npermalink: /:title/\n",
            "_posts/2020-01-02-same.md": f"{matter}Low *water*.\n",
            "_posts/2020-01-02-other.md": f"{matter}## Low\n\n- one\n- two\n",
        },
    )
    page = "<!doctype html><title>A text | T</title><nav>All</nav><article>{}</article>"
    write(
        built,
        {
            "same/index.html": page.format("<h1>A text</h1><div><p>Low <em>water</em>.</p></div>"),
            "other/index.html": page.format("<h2 id=low>Low</h2><ul><li>one</li></ul><p>two</p>"),
            "lost/index.html": page.format("Lost."),
        },
    )
    done = publish("import", "jekyll", old, "--into", new, "--compare", built)
    assert "2 pages compared with built: 1 the same in everything." in done.stdout
    assert "Different: address 1, lists 1." in done.stdout
    told = (new / "import-comparison.md").read_text()
    assert "- `/lost/`: nothing answers for it" in told
    assert "- `/other/`: was `ul(li)`, is `ul(li li)`" in told


OLD_ERRORS = {
    "_posts/2020-01-02-a.md": "---\ntitle: A\n---\nText [a](/gone/) ![x](/gone.png)\n",
    "_posts/2020-01-03-b.md": "---\ntitle: A\n---\nText [b](/gone-too/).\n",
}


def test_an_imported_site_can_be_published_today(tmp_path: Path) -> None:
    old, new = tmp_path / "old", empty_site(tmp_path / "new")
    write(old, {"_config.yml": "url: https://a.example\n", **OLD_ERRORS})
    done = publish("import", "jekyll", old, "--into", new)
    assert "link-broken × 2, from the old text: `/gone/` leads to nothing" in done.stdout
    assert "The site can be published as it is." in done.stdout
    settings = (new / "site.yaml").read_text()
    assert settings.startswith("title: a.example\n")  # the old settings have no title
    at = "2, such as content/posts/2020-01-02-a.md:"
    assert f"  link-broken: warning  # {at}" in settings
    assert "  missing-file: warning  # 1, such as content/posts/2020-01-02-a.md:" in settings
    told = (new / "import-report.md").read_text()
    assert told.index("## To be mended (3)") < told.index("## Not converted")
    assert publish("build", "--site", new).returncode == 0


SCRIPTS = '<script src="/js/plot.js"></script>\n'
MATTER = f"---\ntitle: A\ndate: 2020-01-02\n---\n{SCRIPTS}"
PASSED_ON = 'module.exports = (c) => { c.addPassthroughCopy("js"); c.addPassthroughCopy("demo"); };'
WITH_SCRIPTS: dict[str, dict[str, str]] = {
    "jekyll": {"_config.yml": "url: https://a.example\n", "_posts/2020-01-02-a.md": MATTER},
    "hugo": {"hugo.toml": "baseURL = 'https://a.example'\n", "content/posts/a.md": MATTER},
    "eleventy": {"eleventy.config.js": PASSED_ON, "posts/a.md": MATTER},
    "zola": {
        "config.toml": "title = 'T'\nbase_url = 'https://a.example'\n",
        "content/blog/a.md": f'+++\ntitle = "A"\ndate = 2020-01-02\n+++\n{SCRIPTS}',
    },
    "pelican": {
        "pelicanconf.py": "SITENAME = 'T'\nPATH = 'content'\nSTATIC_PATHS = ['js', 'demo']\n",
        "content/a.md": f"Title: A\nDate: 2020-01-02\n\n{SCRIPTS}",
    },
}  # fmt: skip


@pytest.mark.parametrize("program", WITH_SCRIPTS)
def test_scripts_that_texts_and_pages_load_come_along(tmp_path: Path, program: str) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    static = {"hugo": "static/", "zola": "static/", "pelican": "content/"}.get(program, "")
    page = '<!doctype html><title>D</title><script src="draw.js"></script><p>D'
    write(old, WITH_SCRIPTS[program])
    write(old, {f"{static}{name}": "go()" for name in ("js/plot.js", "js/menu.js", "demo/draw.js")})
    write(old, {f"{static}demo/index.html": page})
    done = publish("import", program, old, "--into", new)
    assert done.returncode == 0, done.stderr
    kept = {file.name for file in (new / "static/root").rglob("*.js")}
    assert kept == {"plot.js", "draw.js"}
    assert (new / "static/root/js/plot.js").read_text() == "go()"
    assert "plot.js" not in done.stdout


@pytest.mark.parametrize("settings", [False, True])
def test_a_folder_without_templates_becomes_a_site(tmp_path: Path, settings: bool) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    write(old, {"_config.yml": "title: Old\nurl: https://a.example\n", "favicon.ico": b"\0\0\1\0"})
    write(old, {"_posts/2020-01-02-a.md": "---\ntitle: A\n---\nText.\n"})
    mine = {"README.md": "Mine\n"}
    if settings:
        mine["site.yaml"] = "title: Mine\nurl: https://mine.example\n"
    write(new, dict(mine))
    dry = publish("import", "jekyll", old, "--into", new, "--dry-run")
    assert "The folder has no templates, and would get those of the starter `blog`." in dry.stdout
    assert tree(new) == {path: text.encode() for path, text in mine.items()}
    done = publish("import", "jekyll", old, "--into", new)
    assert "The folder had no templates, and got those of the starter `blog`." in done.stdout
    assert "The site has no errors." in done.stdout
    made = written(new)
    assert made.items() >= {path: text.encode() for path, text in mine.items()}.items()
    assert made["static/root/favicon.ico"] == b"\0\0\1\0"  # the old site's, not the starter's
    texts = [path for path in made if path.startswith(("content/", "data/"))]
    assert texts == ["content/posts/2020-01-02-a.md"]
    assert {"templates/base.html", "publish.py", "requirements.txt", ".tidepost.json"} <= set(made)
    assert publish("build", "--site", new).returncode == 0
    again = publish("import", "jekyll", old, "--into", new)
    assert "no templates" not in again.stdout


def test_what_must_be_mended_first_is_said(tmp_path: Path) -> None:
    old, new = tmp_path / "old", empty_site(tmp_path / "new")
    write(
        old,
        {"_config.yml": "url: https://a.example\n", **OLD_ERRORS, "b.png": b"<html>gone</html>"},
    )
    write(old, {"_posts/2020-01-04-c.md": "---\ntitle: C\n---\nText ![x](/b.png)\n"})
    done = publish("import", "jekyll", old, "--into", new)
    assert "1 error keeps the site from being published; see below." in done.stdout
    told = (new / "import-report.md").read_text()
    assert "Mend `broken-picture` first: `checks:` in site.yaml lets all else warn." in told
    assert "```yaml\n# Imported" not in told
    built = publish("build", "--site", new)
    assert "1 error, " in built.stdout + built.stderr


def test_a_document_that_was_here_and_cannot_be_read_is_not_laid_to_the_import(
    tmp_path: Path,
) -> None:
    old, new = tmp_path / "old", empty_site(tmp_path / "new")
    write(old, {"_config.yml": "url: https://a.example\n", **OLD_ERRORS})
    mine = "content/posts/2019-01-01-mine.md"
    write(new, {mine: "---\ntitle: [x\n---\nText\n"})
    done = publish("import", "jekyll", old, "--into", new)
    assert "bad-yaml × 1, from files that were here before: not valid YAML" in done.stdout
    assert "missing-file × 1, from the old text: `/gone.png`" in done.stdout
    unseen = (
        "Where links lead and what the policy blocks is checked when all documents can be read."
    )
    assert unseen in done.stdout
    report = (new / "import-report.md").read_text()
    assert unseen in report
    assert "| `bad-yaml` | 1 | files that were here before |" in report
    # Mended, and imported again: the report has the line that the first could not have.
    assert "link-broken" not in report
    write(new, {mine: "---\ntitle: Mine\n---\nText, and [a link](/none/).\n"})
    done = publish("import", "jekyll", old, "--into", new)
    assert "link-broken × 3, from the old text and files that were here before:" in done.stdout
    assert unseen not in done.stdout
    report = (new / "import-report-2.md").read_text()
    assert "  link-broken: warning  # 3, such as content/posts/2019-01-01-mine.md:4" in report


def test_a_pointer_of_git_lfs_is_no_picture(tmp_path: Path) -> None:
    old, new = tmp_path / "old", empty_site(tmp_path / "new")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:628d\nsize 69230\n"
    post = "---\ntitle: C\n---\nText ![x](/b.png)\n"
    write(old, {"_config.yml": "url: https://a.example\n", "b.png": pointer})
    write(old, {"_posts/2020-01-04-c.md": post})
    done = publish("import", "jekyll", old, "--into", new)
    assert "b.png: not copied: only git-lfs's pointer to it is here" in done.stdout
    assert not (new / "static/b.png").exists()
    assert publish("build", "--site", new).returncode == 0


def test_a_strict_import_lets_nothing_wait(tmp_path: Path) -> None:
    old, new = tmp_path / "old", empty_site(tmp_path / "new")
    write(old, {"_config.yml": "url: https://a.example\n", **OLD_ERRORS})
    done = publish("import", "jekyll", old, "--into", new, "--strict")
    assert "3 errors keep the site from being published; see below." in done.stdout
    assert "checks:" not in (new / "site.yaml").read_text()
    assert "  link-broken: warning  # 2" in (new / "import-report.md").read_text()
    assert publish("build", "--site", new).returncode == 1


def test_a_report_says_the_same_thing_once(tmp_path: Path) -> None:
    old, new = tmp_path / "old", empty_site(tmp_path / "new")
    posts = {
        f"_posts/2020-01-02-p{number}.md": f"---\ntitle: P\n---\n{{% x %}} [a](/g{number}/)\n"
        for number in range(300)
    }
    write(old, {"_config.yml": "title: T\nurl: https://a.example\n", **posts})
    publish("import", "jekyll", old, "--into", new, "--dry-run")
    publish("import", "jekyll", old, "--into", new)
    told = (new / "import-report.md").read_text()
    assert len(told.splitlines()) < 200
    assert "- 300 times, such as: address `/g0/`: it leads to nothing here (" in told
    whole = json.loads((new / "import-report.json").read_text())
    assert len([one for one in whole["entries"] if "leads to nothing" in one["message"]]) == 300


def test_an_import_does_no_work_on_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    from PIL import Image

    picture, other = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (1200, 800), "red").save(picture, "PNG")
    Image.new("RGB", (120, 80), "red").save(other, "TIFF")
    pictures = {
        "a.png": picture.getvalue(),
        "icon.png": picture.getvalue(),
        "cut.png": picture.getvalue()[:-40],
        "text.png": b"<html>gone</html>",
        "scan.webp": other.getvalue(),
    }
    shown = " ".join(f"![A](/{name})" for name in pictures if name != "icon.png")
    old, new = tmp_path / "old", empty_site(tmp_path / "new")
    text = f"---\ntitle: A\n---\nText. {shown}\n"
    settings = "title: T\nurl: https://a.example\n"
    write(old, {"_config.yml": settings, "_posts/2020-01-02-a.md": text, **pictures})
    looked: list[bytes] = []
    look_at = resize.look_at
    monkeypatch.setattr(resize, "look_at", lambda raw: looked.append(raw) or look_at(raw))
    done = publish("import", "jekyll", old, "--into", new)
    monkeypatch.undo()
    made = [file for file in (new / ".tidepost" / "cache" / "images").rglob("*") if file.is_file()]
    assert not made
    assert looked == [pictures["text.png"]]  # the others are pictures by their first bytes
    assert "text.png" in done.stdout  # what its first bytes say is reported all the same
    assert "cut.png" not in done.stdout
    built = publish("build", "--site", new)
    assert "broken-picture: `/cut.png`" in built.stdout + built.stderr
