"""The writer's pages of the local server: what they show, and that no other website uses them."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.adapters.functions import LocalApi
from generator.adapters.server.desk_pages import MOST_LISTED
from generator.adapters.server.editor import Editor
from generator.adapters.server.state import Document, Live, Outcome
from generator.adapters.server.wsgi import LocalSite, start
from generator.core.problems import Problem
from tests.serve.conftest import Client, served
from tests.support.editor import recorder, told

DOCUMENTS = [
    Document(
        source="content/posts/low-water.md",
        kind="post",
        title="Low <water>",
        state="published",
        date="2024-05-01",
        words=1234,
        tags=("tide",),
        url="/a/",
    ),
    Document(
        source="content/drafts/later.md",
        kind="post",
        title="Later",
        state="draft",
        date="",
        words=3,
        url="/later/",
    ),
    Document(
        source="content/posts/gone.md",
        kind="post",
        title="Gone",
        state="expired",
        date="2023-05-01",
        words=5,
    ),
]
WRONG = Problem(path="content/posts/low-water.md", line=7, code="c", message="<no>", hint="h")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def desk(folder: Path, tmp_path: Path) -> Iterator[Client]:
    (tmp_path / "content/posts").mkdir(parents=True)
    (tmp_path / "content/posts/low-water.md").write_text("x", encoding="utf-8")
    live = Live()
    live.show(Outcome(site=served(folder), problems=[WRONG]), documents=lambda: DOCUMENTS)
    api = LocalApi(tmp_path / "local")
    editor = Editor(tmp_path, f"{recorder(tmp_path)} {{file}} {{line}}")
    server = start(LocalSite(live, api, editor), live, 0)
    yield Client(server, live, api)
    server.stop()


def send_mails(desk: Client, *subjects: str) -> None:
    folder = desk.api.outbox_folder
    before = set(folder.glob("*.eml"))
    for subject in subjects:
        body = f"name=Ada&email=ada%40example.org&message=Hello&page=%2Fa%2F&subject={subject}"
        assert desk.get("/api/contact", "POST", body.encode(), Content_Type=FORM).status < 400
        [mail] = (file for file in folder.glob("*.eml") if file not in before)
        before.add(mail)
        os.utime(mail, (len(before), len(before)))  # the newest comes first, by its file's time


def token(desk: Client) -> str:
    found = re.search(r'data-token="([\w-]+)"', desk.get("/_tidepost/").text)
    assert found
    return found[1]


def post(desk: Client, path: str, form: str = "", **headers: str) -> int:
    own = {"Origin": f"http://127.0.0.1:{desk.server.port}", "Content_Type": FORM}
    own["Host"] = f"127.0.0.1:{desk.server.port}"
    sent = f"{form}&token={token(desk)}" if "token=" not in form else form
    return desk.get(f"/_tidepost{path}", "POST", sent.encode(), **own | headers).status


def test_documents_are_listed_with_their_state(desk: Client) -> None:
    shown = desk.get("/_tidepost/").text
    assert '<a href="/a/">Low &lt;water&gt;</a>' in shown
    assert "<td>Gone</td>" in shown
    assert "1,234" in shown
    assert '<span class="state draft">draft</span>' in shown
    assert "3 of 3 documents." in shown
    drafts = desk.get("/_tidepost/?state=draft").text
    assert "Later" in drafts
    assert "Gone" not in drafts
    by_tag = desk.get("/_tidepost/?q=TIDE+low").text
    assert "1 of 3 documents." in by_tag
    assert desk.get("/_tidepost/?q=%3Cscript%3E").text.count("<script") == 1


def test_long_lists_are_cut_and_say_so(desk: Client, folder: Path) -> None:
    many = [DOCUMENTS[0]] * (MOST_LISTED + 1)
    desk.live.show(Outcome(site=served(folder)), documents=lambda: many)
    shown = desk.get("/_tidepost/").text
    assert shown.count("Low &lt;water&gt;") == MOST_LISTED
    assert f"the first {MOST_LISTED} of them shown" in shown


def test_problems_and_warnings(desk: Client) -> None:
    shown = desk.get("/_tidepost/problems").text
    assert "Warnings of the last build" in shown
    assert "content/posts/low-water.md:7" in shown
    assert "&lt;no&gt;" in shown
    desk.live.show(Outcome(site=None, problems=[WRONG]))
    assert "The site was not built" in desk.get("/_tidepost/problems").text
    assert "1\nproblem</a>" in desk.get("/_tidepost/").text


def test_mails_are_new_until_they_are_read_and_can_be_deleted(desk: Client) -> None:
    send_mails(desk, "One", "Two", "Three")
    listed = desk.get("/_tidepost/outbox").text
    names = re.findall(r'href="/_tidepost/outbox/([^"]+)"', listed)
    assert len(names) == 3
    assert listed.count(">new<") == 3
    mail = desk.get(f"/_tidepost/outbox/{names[1]}").text
    assert f'href="/_tidepost/outbox/{names[0]}">Newer' in mail
    assert f'href="/_tidepost/outbox/{names[2]}">Older' in mail
    assert desk.get("/_tidepost/outbox").text.count(">new<") == 2
    assert 'Outbox <span class="many">2</span>' in desk.get("/_tidepost/counts").text
    assert post(desk, f"/outbox/{names[1]}", "unread=yes") == 303
    assert desk.get("/_tidepost/outbox").text.count(">new<") == 3
    assert post(desk, f"/outbox/{names[1]}", "delete=yes") == 303
    assert len(desk.api.outbox()) == 2
    assert post(desk, "/outbox/..%2Fcontact.sqlite", "delete=yes") == 303
    assert (desk.api.outbox_folder.parent / "contact.sqlite").exists()
    assert post(desk, "/outbox/x", "other=yes") == 404
    assert post(desk, "/outbox") == 303
    assert desk.api.outbox() == []
    assert "The outbox is empty." in desk.get("/_tidepost/outbox").text


def test_editor_is_opened(desk: Client, tmp_path: Path) -> None:
    assert post(desk, "/open", "path=content/posts/low-water.md&line=7") == 303
    assert told(tmp_path) == [str(tmp_path / "content/posts/low-water.md"), "7"]


def test_editor_is_opened_by_a_script_of_our_own(desk: Client, tmp_path: Path) -> None:
    body = json.dumps({"path": "content/posts/low-water.md", "line": 3}).encode()
    own = {
        "Origin": f"http://127.0.0.1:{desk.server.port}",
        "Host": f"127.0.0.1:{desk.server.port}",
        "Content_Type": "application/json",
        "X_Tidepost_Token": token(desk),
    }
    assert desk.get("/_tidepost/open", "POST", body, **own).status == 200
    assert told(tmp_path)[1] == "3"
    for wrong in (b"{", b"[]", b'{"path": 3}'):
        assert desk.get("/_tidepost/open", "POST", wrong, **own).status == 400
    refused = desk.get("/_tidepost/open", "POST", b'{"path": "../x"}', **own)
    assert (refused.status, refused.text) == (
        409,
        "Not opened: only files of the site are opened.\n",
    )


@pytest.mark.parametrize("path", ["/open", "/outbox", "/outbox/a.eml"])
def test_other_websites_can_have_nothing_done(desk: Client, tmp_path: Path, path: str) -> None:
    send_mails(desk, "Mine")
    form = "path=content/posts/low-water.md&line=7&delete=yes"
    for origin in ("null", "https://evil.example", "http://127.0.0.1:1", ""):
        assert post(desk, path, form, Origin=origin) == 403
    for guess in ("", "x", "%C3%A9"):
        assert post(desk, path, f"{form}&token={guess}") == 403
    assert post(desk, path, form, Host="evil.example", Origin="http://evil.example") == 403
    assert desk.get(f"/_tidepost{path}", "POST", form.encode()).status == 403
    too_much = f"{form}&token={token(desk)}&more={'x' * 70_000}"
    assert post(desk, path, too_much) == 413
    assert len(desk.api.outbox()) == 1
    assert not (tmp_path / "told").exists()


def test_own_pages_may_run_and_load_only_what_is_their_own(desk: Client) -> None:
    for path in ("/", "/problems", "/counts", "/outbox"):
        answer = desk.get(f"/_tidepost{path}")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "style=" not in answer.text
        assert not re.search(r"<script(?![^>]* src=)", answer.text)
