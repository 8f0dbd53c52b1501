"""The widgets in a real browser, against the local API."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from generator.adapters.functions import LocalApi
from tests.backend import page_server
from tests.support.events import FIREFOX, NOW
from tests.support.reader import FLAGS, READER, fill
from tests.support.tools import chromium, npm_package, whole_chromium

HELLO = "/posts/hello/"


class Site:
    """A running site and its API."""

    def __init__(self, address: str, api: LocalApi) -> None:
        self.address = address
        self.api = api

    def views(self, path: str = HELLO) -> int:
        pages = self.api.counter({"action": "stats"})["pages"]
        return next(page["views"] for page in pages if page["path"] == path)

    def messages(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.api.contact({"action": "messages.list"})["items"]
        return items


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    begun = time.monotonic()  # in an hour that does not end meanwhile, nor its day
    server, api = page_server.start(tmp_path / "state", lambda: NOW + time.monotonic() - begun)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    page_server.busy.clear()
    yield Site(f"http://127.0.0.1:{server.server_port}", api)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, READER])
    yield launched
    launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(user_agent=FIREFOX, locale="de-DE")
    opened = context.new_page()
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    context.close()
    assert failures == []


def numbers(page: Page) -> list[str]:
    found: list[str] = page.locator("tidepost-counter").all_text_contents()
    return found


def see(page: Page, *shown: str) -> None:
    counters = page.locator("tidepost-counter")
    for i, text in enumerate(shown):
        expect(counters.nth(i)).to_have_text(text)


def test_one_more_for_each_visit_and_none_for_a_reload(site: Site, page: Page) -> None:
    page.goto(site.address + HELLO)
    see(page, "1", "1", "1", "1")
    page.reload()
    see(page, "1", "1", "1", "1")
    page.click("text=Tides")
    see(page, "1", "1", "1", "2")
    page.goto(site.address + HELLO)
    see(page, "2", "1", "2", "3")
    assert (site.views(), site.views("/posts/tides/"), site.views("*")) == (2, 1, 3)


def test_a_page_in_the_background_counts_when_it_is_looked_at(site: Site, page: Page) -> None:
    """Prerendered pages are hidden in the same way (HTML Standard, "prerendering")."""
    page.add_init_script(
        "window.isHidden = true;"
        "Object.defineProperty(document, 'hidden', { get: () => window.isHidden });"
    )
    page.goto(site.address + HELLO)
    page.wait_for_timeout(300)
    assert site.views() == 0
    page.evaluate("isHidden = false; document.dispatchEvent(new Event('visibilitychange'))")
    see(page, "1")
    assert site.views() == 1


def test_all_counters_of_a_page_share_one_request(site: Site, page: Page) -> None:
    calls: list[str] = []
    page.on("request", lambda request: "/api/" in request.url and calls.append(request.method))
    page.goto(site.address + HELLO)
    see(page, "1", "1", "1", "1")
    page.goto(site.address + "/")
    see(page, "1", "…", "1")  # a 0 is not shown
    assert calls == ["POST", "GET"]


def test_another_browser_is_another_view(site: Site, page: Page, browser: Browser) -> None:
    page.goto(site.address + HELLO)
    see(page, "1", "1")
    other = browser.new_page(user_agent=FIREFOX.replace("140", "141"))
    other.goto(site.address + HELLO)
    see(other, "2", "2")
    other.close()


def test_a_driven_browser_is_not_a_reader(site: Site, playwright: Playwright) -> None:
    driven = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    page = driven.new_page(user_agent=FIREFOX)
    with page.expect_response("**/api/count"):
        page.goto(site.address + HELLO)
    see(page, "…")
    driven.close()
    [hello] = [
        page for page in site.api.counter({"action": "stats"})["pages"] if page["path"] == HELLO
    ]
    assert (hello["views"], hello["bots"], hello["reasons"]) == (0, 1, {"automation": 1})


def test_with_the_api_down_the_page_is_whole(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/down{HELLO}")
    page.wait_for_timeout(300)
    assert numbers(page) == ["…"] * 4
    expect(page.locator("h1")).to_be_visible()


def test_numbers_arrive_without_moving_anything(site: Site, page: Page) -> None:
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver((list) => {"
        " for (const entry of list.getEntries()) window.shift += entry.value;"
        "}).observe({ type: 'layout-shift', buffered: true });"
    )
    page.goto(site.address + HELLO)
    see(page, "1", "1", "1", "1")
    page.wait_for_timeout(100)
    assert page.evaluate("window.shift") == 0


def test_numbers_are_written_in_the_pages_language(site: Site, page: Page) -> None:
    page.route(
        "**/api/count",
        lambda route: route.fulfill(
            json={
                "counts": {HELLO: {"views": 12345, "visitors": 1}},
                "site": {"views": 1, "visitors": 1},
            }
        ),
    )
    page.goto(site.address + HELLO)
    see(page, "12.345")


def test_nothing_is_stored_in_the_browser(site: Site, page: Page) -> None:
    page.goto(site.address + HELLO)
    see(page, "1")
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0


# The form


def test_a_message_is_sent_in_place(site: Site, page: Page) -> None:
    page.goto(site.address + "/contact/")
    page.focus("[name=name]")
    expect(page.locator("[name=token]")).not_to_have_value("")
    fill(page, subject="Tides")
    page.wait_for_timeout(3100)  # as long as a person needs at least
    page.click("button")
    expect(page.locator("[role=status]")).to_have_text("Thank you. Your message has arrived.")
    expect(page.locator("[name=message]")).to_have_value("")
    [message] = site.messages()
    assert (message["state"], message["reasons"], message["page"]) == ("sent", [], "/contact/")
    [mail] = site.api.outbox()
    assert (mail.subject, mail.sender) == ("Tides", "ada@example.org")


def test_errors_stand_at_their_fields(site: Site, page: Page) -> None:
    page.goto(site.address + "/contact/")
    page.fill("[name=name]", "Ada")
    page.keyboard.press("Enter")
    expect(page.locator("#contact-email-error")).to_have_text("Please write your email address.")
    expect(page.locator("[name=email]")).to_be_focused()
    expect(page.locator("[name=email]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=email]")).to_have_accessible_description(
        "Please write your email address."
    )
    expect(page.locator("[role=status]")).to_have_text("Please check the marked fields.")
    fill(page, email="ada@nowhere")
    page.click("button")
    expect(page.locator("#contact-email-error")).to_contain_text("you@example.org")
    expect(page.locator("[name=message]")).to_have_value("When is high water?")
    assert site.messages() == []


def test_what_was_typed_survives_a_failure(site: Site, page: Page) -> None:
    page.goto(site.address + "/contact/")
    page.route("**/api/contact", lambda route: route.abort())
    fill(page)
    page.click("button")
    expect(page.locator("[role=status]")).to_contain_text("could not be sent")
    expect(page.locator("[name=message]")).to_have_value("When is high water?")
    page.unroute("**/api/contact")
    page.click("button")
    expect(page.locator("[role=status]")).to_contain_text("has arrived")
    assert len(site.messages()) == 1


PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_throttled_form_sends_by_itself_as_soon_as_it_can(
    site: Site, page: Page, size: dict[str, int]
) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.clock.install()
    page.goto(site.address + "/contact/")
    page_server.busy.set()
    fill(page)
    page.click("button")
    expect(page.locator("[role=status]")).to_contain_text("could not be sent yet")
    expect(page.locator("[name=message]")).to_have_value("When is high water?")
    expect(page.locator("[name=message]")).to_be_editable()
    wider = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wider
    page.clock.run_for(6_100)  # the longest first pause
    expect(page.locator("[role=status]")).to_contain_text("could not be sent yet")
    page_server.busy.clear()
    page.clock.run_for(12_100)
    expect(page.locator("[role=status]")).to_have_text("Thank you. Your message has arrived.")
    assert [message["state"] for message in site.messages()] == ["sent"]


def test_a_form_that_is_offline_sends_when_the_connection_is_back(site: Site, page: Page) -> None:
    page.goto(site.address + "/contact/")
    fill(page)
    page.context.set_offline(True)
    page.click("button")
    expect(page.locator("[role=status]")).to_contain_text("could not be sent yet")
    page.context.set_offline(False)
    expect(page.locator("[role=status]")).to_have_text("Thank you. Your message has arrived.")
    assert len(site.messages()) == 1


@pytest.mark.parametrize("way", ["reload", "another page and back by a link"])
def test_what_could_not_be_sent_is_still_there_later(site: Site, page: Page, way: str) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(site.address + "/contact/")
    page_server.busy.set()
    fill(page, subject="Tides")
    page.click("button")
    expect(page.locator("[role=status]")).to_contain_text("could not be sent yet")
    if way == "reload":
        page.reload()
    else:
        page.click("text=Home")
        page.goto(site.address + "/contact/")
    assert asked == ["beforeunload"]
    expect(page.locator("[name=message]")).to_have_value("When is high water?")
    expect(page.locator("[name=subject]")).to_have_value("Tides")
    expect(page.locator("[role=status]")).to_contain_text("could not be sent")
    page_server.busy.clear()
    page.click("button")
    expect(page.locator("[role=status]")).to_contain_text("has arrived")
    page.reload()
    expect(page.locator("[name=message]")).to_have_value("")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert len(site.messages()) == 1


def test_autofill_leaves_the_honeypot_empty(site: Site, playwright: Playwright) -> None:
    """Chromium's own, with a whole address; what it knows of it fills beside the form's fields."""
    whole = playwright.chromium.launch(executable_path=whole_chromium(), args=[*FLAGS, READER])
    page = whole.new_page(user_agent=FIREFOX, locale="de-DE")
    page.goto(site.address + "/contact/")
    page.evaluate(
        "document.querySelector('[name=subject]').closest('p').insertAdjacentHTML('afterend',"
        "'<p><label for=firm>Company</label><input id=firm name=company></p>')"
    )
    browser = page.context.new_cdp_session(page)
    browser.send("Autofill.enable")
    root = browser.send("DOM.getDocument")["root"]["nodeId"]
    name = browser.send("DOM.querySelector", {"nodeId": root, "selector": "[name=name]"})
    field = browser.send("DOM.describeNode", name)["node"]["backendNodeId"]
    known = {
        "NAME_FULL": "Ada Lovelace",
        "EMAIL_ADDRESS": "ada@example.org",
        "COMPANY_NAME": "Engines",
        "ADDRESS_HOME_LINE1": "12 St James's Square",
        "ADDRESS_HOME_CITY": "London",
        "ADDRESS_HOME_ZIP": "SW1Y 4JH",
        "ADDRESS_HOME_COUNTRY": "GB",
        "PHONE_HOME_WHOLE_NUMBER": "+442079460000",
    }
    address = {"fields": [{"name": kind, "value": value} for kind, value in known.items()]}
    page.focus("[name=name]")
    browser.send("Autofill.trigger", {"fieldId": field, "address": address})
    expect(page.locator("[name=email]")).to_have_value("ada@example.org")
    expect(page.locator("[name=company]")).to_have_value("Engines")  # it was at work
    assert page.locator("[name=extra]").input_value() == ""
    page.fill("[name=message]", "When is high water?")
    page.wait_for_timeout(3100)
    page.click("button")
    expect(page.locator("[role=status]")).to_contain_text("has arrived")
    [message] = site.messages()
    assert (message["name"], message["state"], message["reasons"]) == ("Ada Lovelace", "sent", [])
    whole.close()


def test_the_honeypot_tells_password_managers_to_leave_it_alone(site: Site, page: Page) -> None:
    page.goto(site.address + "/contact/")
    trap = page.locator("[name=extra]")
    for attribute in ("data-1p-ignore", "data-bwignore", "data-lpignore", "data-form-type"):
        assert trap.get_attribute(attribute) is not None
    assert trap.get_attribute("autocomplete") == "off"
    expect(trap).to_be_hidden()


def test_the_form_by_keyboard_alone(site: Site, page: Page) -> None:
    page.goto(site.address + "/contact/")
    page.focus("[name=name]")
    for text in ("Ada", "ada@example.org", "Tides", "Hello"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    expect(page.locator("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("has arrived")


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A page with JavaScript off."""
    context = browser.new_context(user_agent=FIREFOX, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_without_javascript_the_form_works(site: Site, plain: Page) -> None:
    plain.goto(site.address + "/contact/")
    fill(plain)
    plain.click("button")
    plain.wait_for_url("**/contact/thanks/")
    [message] = site.messages()
    assert (message["state"], message["message"]) == ("sent", "When is high water?")


def test_without_javascript_mistakes_keep_what_was_typed(site: Site, plain: Page) -> None:
    plain.goto(site.address + "/contact/")
    fill(plain, email="ada@nowhere", message="Line one\nline <two> & more")
    plain.click("button")
    expect(plain.locator("h1")).to_have_text("Please check your message")
    expect(plain.locator("[name=email]")).to_have_accessible_description("Please check this field.")
    expect(plain.locator("[name=message]")).to_have_value("Line one\nline <two> & more")
    plain.fill("[name=email]", "ada@nowhere.example")
    plain.click("button")
    plain.wait_for_url("**/contact/thanks/")
    assert site.messages()[0]["message"] == "Line one\nline <two> & more"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_without_javascript_the_way_back_from_a_gateways_refusal_keeps_what_was_typed(
    site: Site, browser: Browser, size: Any
) -> None:
    """A gateway answers with a line of text, in which nothing can be kept; the browser keeps it."""
    context = browser.new_context(user_agent=FIREFOX, java_script_enabled=False, viewport=size)
    page = context.new_page()
    page.goto(site.address + "/contact/")
    fill(page)
    page_server.busy.set()
    page.click("button")
    expect(page.locator("body")).to_contain_text("Too Many Requests")
    page.go_back()
    expect(page.locator("[name=message]")).to_have_value("When is high water?")
    expect(page.locator("[name=email]")).to_have_value("ada@example.org")
    page_server.busy.clear()
    page.click("button")
    page.wait_for_url("**/contact/thanks/")
    assert [message["message"] for message in site.messages()] == ["When is high water?"]
    context.close()


def test_without_javascript_the_way_back_from_a_lost_connection_keeps_what_was_typed(
    site: Site, plain: Page
) -> None:
    plain.goto(site.address + "/contact/")
    fill(plain)
    plain.context.set_offline(True)
    plain.click("button")
    plain.wait_for_url("chrome-error://**")
    plain.context.set_offline(False)
    plain.go_back()
    expect(plain.locator("[name=message]")).to_have_value("When is high water?")
    plain.click("button")
    plain.wait_for_url("**/contact/thanks/")
    assert len(site.messages()) == 1


def test_without_javascript_the_functions_own_refusal_has_what_was_typed(
    site: Site, plain: Page
) -> None:
    plain.goto(site.address + "/contact/")
    for i in range(60):  # all that one address may send in an hour
        fields = {"name": "Ada", "email": "ada@example.org", "message": f"Number {i}"}
        body = json.dumps(fields).encode()
        headers = {"content-type": "application/json"}
        answer = site.api("POST", "/api/contact", "", headers, body, "127.0.0.1")
        assert answer.status == 200
    fill(plain)
    plain.click("button")
    expect(plain.locator("[role=alert]")).to_contain_text("try again in an hour")
    expect(plain.locator("[name=message]")).to_have_value("When is high water?")


def test_without_javascript_the_number_known_at_build_time_stays(site: Site, plain: Page) -> None:
    plain.goto(site.address + HELLO)
    assert numbers(plain) == ["…"] * 4


# Accessibility


@pytest.mark.parametrize("state", ["counted", "list", "form", "form with errors", "error page"])
def test_axe_finds_nothing(site: Site, page: Page, state: str) -> None:
    page.goto(site.address + {"counted": HELLO, "list": "/"}.get(state, "/contact/"))
    if state == "form with errors":
        page.click("button")
        expect(page.locator("[aria-invalid]")).to_have_count(3)
    if state == "error page":
        page.evaluate("document.querySelector('form').submit()")  # as without JavaScript
        expect(page.locator("h1")).to_have_text("Please check your message")
    axe = (npm_package("axe-core", "4.14.1") / "axe.min.js").read_text("utf-8")
    page.evaluate(axe)
    found = page.evaluate("axe.run().then(({ violations, passes }) => [violations, passes.length])")
    assert [violation["id"] for violation in found[0]] == []
    assert found[1] > 5


def test_the_number_is_announced_with_its_label(site: Site, page: Page) -> None:
    page.goto(site.address + HELLO)
    see(page, "1")
    region = page.locator("[aria-live=polite]").first
    assert region.get_attribute("aria-atomic") == "true"
    assert re.sub(r"\s+", " ", region.inner_text()).strip() == "Views 1"
    expect(page.locator("ul [aria-live]")).to_have_count(0)
