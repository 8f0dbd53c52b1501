"""Mail over a real connection: SMTP by aiosmtpd, SES by moto, and both with the line cut."""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.contact import core
from backend.contact.mailer import (
    Mail,
    Mailer,
    SesMailer,
    SmtpMailer,
    as_email,
    compose,
    open_mailer,
    ses_client,
)
from tests.support import aws_servers
from tests.support.aws_servers import FaultProxy
from tests.support.tools import free_port

MAIL = Mail("m1", "Grüße", "Hello,\n\n.\nFrom the sea 🌊\n", "ada@example.org")
SENDER, RECIPIENT = "site@example.net", "owner@example.net"


class Inbox:
    """An SMTP server's inside: keeps envelopes, or ends in a way that a test sets."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []
        self.answer = "250 OK"
        self.cut_after_data = False

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Any, envelope: Any
    ) -> str:
        self.envelopes.append(envelope)
        if self.cut_after_data:
            server.transport.abort()
        return self.answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("450"):
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Inbox, Mailer]]:
    monkeypatch.setattr("backend.contact.mailer.TIMEOUT", 60)  # the patience of a busy machine
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    controller.start()
    try:
        address = f"smtp://127.0.0.1:{controller.port}"
        yield inbox, SmtpMailer(address, SENDER, RECIPIENT)
    finally:
        controller.stop()


def test_smtp_brings_the_mail(inbox: tuple[Inbox, Mailer]) -> None:
    server, mailer = inbox
    assert mailer.send(MAIL).kind == "sent"
    [envelope] = server.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [RECIPIENT])
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert (mail["subject"], mail["reply-to"]) == ("Grüße", "ada@example.org")
    assert mail.get_content().replace("\r\n", "\n") == MAIL.text


@pytest.mark.parametrize("answer", ["451 try later", "552 too much", "450 mailbox busy"])
def test_smtp_refusals_are_certain(inbox: tuple[Inbox, Mailer], answer: str) -> None:
    server, mailer = inbox
    server.answer = answer
    assert mailer.send(MAIL) == ("refused", f"smtp-{answer[:3]}")


def test_smtp_that_dies_after_taking_the_mail_leaves_doubt(inbox: tuple[Inbox, Mailer]) -> None:
    server, mailer = inbox
    server.cut_after_data = True
    assert mailer.send(MAIL).kind == "unsure"
    assert len(server.envelopes) == 1


def test_smtp_that_cannot_be_reached_is_certain() -> None:
    mailer = SmtpMailer(f"smtp://127.0.0.1:{free_port()}", SENDER, RECIPIENT)
    assert mailer.send(MAIL) == ("refused", "ConnectionRefusedError")


PARTS = st.sampled_from(
    ["=?utf-8?q?", "=?utf-8?b?", "=0ABcc:_v", "CkJjYzogdg==", "?=", " ", "é", "a."]
)
"""What encoded words (RFC 2047) consist of: texts without line breaks that hide some."""


@given(
    name=st.text(min_size=1, max_size=60),
    subject=st.text(max_size=60)
    | st.just("Hi\r\nBcc: v@example.org")
    | st.lists(PARTS, max_size=8).map("".join),
    address=st.from_regex(r"[^@]{1,10}@[a-z\r\n: ]{1,12}\.[a-z]{2,3}", fullmatch=True)
    | st.lists(PARTS, max_size=5).map(lambda parts: "".join(parts) + "@example.org"),
    message=st.text(min_size=1, max_size=200) | st.just("\r\n.\r\nMAIL FROM:<v@example.org>\r\n"),
)
@settings(max_examples=150, deadline=None)
def test_no_text_makes_a_header(name: str, subject: str, address: str, message: str) -> None:
    """What passes the checks becomes a mail that has the headers we set and no other."""
    body = json.dumps({"name": name, "email": address, "subject": subject, "message": message})
    form = core.parse(body.encode(), "application/json")
    if core.mistakes(form):
        return
    stored = core.Message("m1", 1_795_500_000, *form[:4], "/contact/", "pending")
    raw = bytes(as_email(compose(stored, "https://me.example"), SENDER, RECIPIENT))
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail["to"] == RECIPIENT
    assert mail["from"] == SENDER
    expected = {"from", "to", "subject", "date", "message-id", "mime-version"}
    expected |= {"content-type", "content-transfer-encoding"}
    assert {name.lower() for name in mail.keys()} - {"reply-to"} == expected  # noqa: SIM118
    assert mail.get_content().replace("\r\n", "\n").count("Message m1\n") >= 1


HIDDEN = "=?utf-8?q?a=0D=0ABcc:_v@example.org=0D=0A=0D=0AMore?="
"""An encoded word (RFC 2047): a text without line breaks that becomes one when it is decoded."""


def told(email_address: str = "ada@example.org", subject: str = "Hi") -> Mail:
    body = json.dumps({"name": "Ada", "email": email_address, "subject": subject, "message": "x"})
    form = core.parse(body.encode(), "application/json")
    assert core.mistakes(form) == {}
    stored = core.Message("m1", 1_795_500_000, *form[:4], "/contact/", "pending")
    return compose(stored, "https://me.example")


@pytest.mark.parametrize(
    "subject",
    [
        HIDDEN,
        f"é{HIDDEN}",
        f"{HIDDEN} {HIDDEN}",
        f"=?utf-8?q?={HIDDEN}",
        "=?utf-8?b?CkJjYzogeA==?=",
    ],
)
def test_no_encoded_word_makes_a_header(subject: str) -> None:
    raw = bytes(as_email(told(subject=subject), SENDER, RECIPIENT))
    mail = email.message_from_bytes(raw)
    assert "bcc" not in mail
    assert "\n" not in email.message_from_bytes(raw, policy=email.policy.default)["subject"]
    assert mail["content-type"].startswith("text/plain")
    assert "wrote on" in mail.get_payload()


@pytest.mark.parametrize(
    "address",
    [
        "=?utf-8?b?Cg==?=@example.org",
        "=?utf-8?q??=@example.org",
        "taro..@example.org",
        "taro.@example.org",
        ".taro@example.org",
        "taro@a_b.example.org",
        "taro@-a.example.org",
        "ünal@example.org",
        "ada@straße.example.org",  # not strasse.example.org, which is another's
        "a" * 65 + "@example.org",
    ],
)
def test_an_address_that_mail_servers_refuse_does_not_keep_the_mail_back(address: str) -> None:
    """Such addresses exist. The mail must come; the owner reads the address in its text."""
    mail = told(address)
    assert mail.reply_to == ""
    assert address in mail.text
    assert "Your answer to this mail goes" not in mail.text
    assert bytes(as_email(mail, SENDER, RECIPIENT))


@pytest.mark.parametrize(
    "address",
    ["o'hara+a=b?c@example.org", "a.b-c_d@xn--tda.example.org", "a@b-c.co", "A1@1.example"],
)
def test_an_ordinary_address_gets_the_answer(address: str) -> None:
    mail = told(address)
    assert mail.reply_to == address
    raw = bytes(as_email(mail, SENDER, RECIPIENT))
    assert email.message_from_bytes(raw)["reply-to"] == address


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(message=st.text(min_size=1, max_size=200) | st.just("\n.\nMAIL FROM:<v@example.org>\nQUIT"))
def test_no_text_ends_the_smtp_data(inbox: tuple[Inbox, Mailer], message: str) -> None:
    server, mailer = inbox
    server.envelopes.clear()
    assert mailer.send(MAIL._replace(text=core._clean(message) + "\n")).kind == "sent"
    [envelope] = server.envelopes
    assert envelope.rcpt_tos == [RECIPIENT]


# SES


@pytest.fixture
def verified(moto: str) -> str:
    environ = {"AWS_REGION": "eu-west-1", "TIDEPOST_SES_ENDPOINT": moto}
    client = aws_servers.patient(lambda: ses_client(environ))
    client.create_email_identity(EmailIdentity=SENDER)
    return moto


def ses(endpoint: str, sender: str = SENDER) -> SesMailer:
    environ = {"AWS_REGION": "eu-west-1", "TIDEPOST_SES_ENDPOINT": endpoint}
    return SesMailer(aws_servers.patient(lambda: ses_client(environ)), sender, RECIPIENT)


def test_ses_takes_the_mail(verified: str) -> None:
    outcome = ses(verified).send(MAIL)
    assert outcome.kind == "sent"
    assert outcome.detail


def test_ses_is_told_where_to_tell_of_mail_that_comes_back(verified: str) -> None:
    environ = {"TIDEPOST_SES_ENDPOINT": verified, "AWS_REGION": "eu-west-1"}
    client = aws_servers.patient(lambda: ses_client(environ))
    client.create_configuration_set(ConfigurationSetName="mail-events")
    asked: list[Any] = []
    client.meta.events.register(
        "provide-client-params.sesv2.SendEmail", lambda params, **_: asked.append(params)
    )
    outcome = SesMailer(client, SENDER, RECIPIENT, "mail-events").send(MAIL)
    assert outcome.kind == "sent", outcome
    assert SesMailer(client, SENDER, RECIPIENT).send(MAIL).kind == "sent"
    assert [one.get("ConfigurationSetName") for one in asked] == ["mail-events", None]
    more = {"TIDEPOST_SENDER": SENDER, "TIDEPOST_RECIPIENT": RECIPIENT}
    mailer = aws_servers.patient(
        lambda: open_mailer(environ | more | {"TIDEPOST_CONFIGURATION_SET": "mail-events"})
    )
    assert isinstance(mailer, SesMailer)
    assert mailer.send(MAIL).kind == "sent"


def test_ses_refusal_is_certain(verified: str) -> None:
    outcome = ses(verified, "stranger@elsewhere.example").send(MAIL)
    assert (outcome.kind, outcome.detail) == ("refused", "MessageRejected")


def test_ses_that_cannot_be_reached_is_certain() -> None:
    outcome = ses(f"http://127.0.0.1:{free_port()}").send(MAIL)
    assert (outcome.kind, outcome.detail) == ("refused", "EndpointConnectionError")


@pytest.mark.parametrize(
    ("fault", "kind", "asked"),
    [("refuse", "refused", 1), ("lose", "unsure", 1), ("drop", "unsure", 1)],
)
def test_ses_is_asked_once_whatever_happens(
    verified: str, fault: str, kind: str, asked: int
) -> None:
    with contextlib.closing(FaultProxy(verified, **{fault: 1.0})) as proxy:
        assert ses(proxy.address).send(MAIL).kind == kind
        assert proxy.done == {fault: asked}


def test_mailers_are_chosen_by_setting(tmp_path: Path) -> None:
    base = {"TIDEPOST_SENDER": SENDER, "TIDEPOST_RECIPIENT": RECIPIENT, "AWS_REGION": "eu-west-1"}
    for kind, name in [
        ("ses", "SesMailer"),
        ("smtp://localhost:25", "SmtpMailer"),
        ("smtps://u:p%40@localhost", "SmtpMailer"),
        (f"outbox:{tmp_path}", "OutboxMailer"),
    ]:
        assert type(open_mailer({**base, "TIDEPOST_MAILER": kind})).__name__ == name
    with pytest.raises(ValueError, match="TIDEPOST_MAILER"):
        open_mailer({**base, "TIDEPOST_MAILER": "pigeon"})
