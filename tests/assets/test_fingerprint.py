"""Fingerprinted files, and the stylesheets that refer to them."""

import base64
import hashlib
import re

import pytest

from generator.assets.fingerprint import Asset, make_assets, used_assets
from generator.content.sources import FileFacts
from tests.support.sites import facts, told


def made(files: dict[str, str | bytes], base: str = "") -> tuple[dict[str, Asset], list[str]]:
    known = {path: facts(path, content) for path, content in files.items()}
    assets, problems = make_assets(known, base)
    return assets, told(problems)


def css(assets: dict[str, Asset], name: str = "site") -> str:
    content = assets[f"static/css/{name}.css"].content
    assert content is not None
    return content.decode()


def test_a_file_has_its_content_in_its_name() -> None:
    assets, problems = made({"static/img/a b.png": b"one", "content/posts/x.png": b"two"}, "/base")
    one, two = assets["static/img/a b.png"], assets["content/posts/x.png"]
    assert problems == []
    assert one.path == f"assets/img/a b.{hashlib.sha256(b'one').hexdigest()[:12]}.png"
    assert one.url == f"/base/assets/img/a%20b.{hashlib.sha256(b'one').hexdigest()[:12]}.png"
    assert one.integrity == ""
    assert two.path == f"assets/posts/x.{hashlib.sha256(b'two').hexdigest()[:12]}.png"
    assert one.artifact().copy_of == "static/img/a b.png"
    assert one.artifact().sha256 == hashlib.sha256(b"one").hexdigest()


def test_styles_and_scripts_are_minified_and_have_integrity() -> None:
    assets, _ = made(
        {
            "static/css/site.css": "body {\n  color: red; /* x */\n}\n",
            "static/js/a.js": "// x\nlet a = 1;\n",
            "static/js/b.min.js": "// kept\nlet b = 1;\n",
        }
    )
    assert css(assets) == "body{color:red}"
    assert assets["static/js/a.js"].content == b"let a=1;"
    assert assets["static/js/b.min.js"].content == b"// kept\nlet b = 1;\n"
    digest = hashlib.sha384(b"body{color:red}").digest()
    expected = f"sha384-{base64.b64encode(digest).decode()}"
    assert assets["static/css/site.css"].integrity == expected


def test_what_goes_to_the_root_is_no_asset() -> None:
    assert made({"static/root/favicon.ico": b"x"})[0] == {}


@pytest.mark.parametrize(
    "written",
    ['url("../img/a.png")', "url('../img/a.png')", "url( ../img/a.png )", "url(/img/a.png)"],
)
def test_addresses_in_styles_lead_to_assets(written: str) -> None:
    assets, problems = made(
        {"static/css/site.css": f"p{{background:{written}}}", "static/img/a.png": b"x"}, "/b"
    )
    url = assets["static/img/a.png"].url
    assert css(assets) == f'p{{background:url("{url}")}}'
    assert assets["static/css/site.css"].uses == ("static/img/a.png",)
    assert problems == []


def test_what_follows_an_address_stays() -> None:
    assets, _ = made(
        {"static/css/site.css": "a{b:url(f.woff2?x#iefix)}", "static/css/f.woff2": b"x"}
    )
    assert f'url("{assets["static/css/f.woff2"].url}?x#iefix")' in css(assets)


@pytest.mark.parametrize(
    "written",
    ["url(data:image/png;base64,AA==)", "url(https://x.org/a.png)", "url(#mark)", "url(//x.org/a)"],
)
def test_addresses_elsewhere_stay(written: str) -> None:
    assets, problems = made({"static/css/site.css": f"p{{background:{written}}}"})
    target = re.search(r"\((.*)\)", written)[1]  # type: ignore[index]
    assert target in css(assets)
    assert problems == []


def test_imports_are_followed_and_change_the_name() -> None:
    first, _ = made({"static/css/site.css": '@import "a.css";', "static/css/a.css": "p{color:red}"})
    second, _ = made(
        {"static/css/site.css": '@import "a.css";', "static/css/a.css": "p{color:tan}"}
    )
    assert first["static/css/a.css"].url in css(first)
    assert first["static/css/site.css"].path != second["static/css/site.css"].path


def test_imports_in_a_circle_are_told_once() -> None:
    _, problems = made(
        {"static/css/a.css": "p{}\n@import url(b.css);", "static/css/b.css": '@import "a.css";'}
    )
    assert problems == ["static/css/b.css:1: css-loop: `a.css` imports this file in turn"]


def test_a_file_that_imports_itself() -> None:
    _, problems = made({"static/css/a.css": '@import "a.css";'})
    assert problems == ["static/css/a.css:1: css-loop: `a.css` imports this file in turn"]


def test_what_is_not_there() -> None:
    _, problems = made(
        {"static/css/site.css": "a{}\nb{c:url(../img/bot.png)}", "static/img/boat.png": b""}
    )
    assert problems == ["static/css/site.css:2: missing-file: `../img/bot.png`: no such file"]
    known = {
        "static/css/site.css": facts("static/css/site.css", "b{c:url(../img/bot.png)}"),
        "static/img/boat.png": facts("static/img/boat.png"),
    }
    assert make_assets(known, "")[1][0].hint == "did you mean `static/img/boat.png`?"


def test_only_what_is_used_is_shipped() -> None:
    assets, _ = made(
        {
            "static/css/site.css": "@import 'a.css';",
            "static/css/a.css": "p{background:url(p.png)}",
            "static/css/p.png": b"1",
            "static/css/unused.css": "p{}",
            "content/posts/x.png": b"2",
        }
    )
    mentioned = [assets["static/css/site.css"].url, "/assets/nothing.png", "https://x.org/"]
    used = used_assets(assets, mentioned)
    assert [asset.source for asset in used] == [
        "static/css/a.css",
        "static/css/p.png",
        "static/css/site.css",
    ]


def test_one_file_in_two_places_is_shipped_once() -> None:
    known: dict[str, FileFacts] = {
        path: facts(path, content)
        for path, content in {
            "content/posts/x.png": b"same",
            "static/posts/x.png": b"same",
            "content/css/a.css": "p{background:url(../posts/x.png)}",
        }.items()
    }
    assets, _ = make_assets(known, "")
    used = used_assets(assets, [assets["static/posts/x.png"].url, assets["content/css/a.css"].url])
    paths = [asset.path for asset in used]
    assert len(paths) == len(set(paths)) == 2
