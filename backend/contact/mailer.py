"""How a message reaches the owner: SES, an SMTP server, or a folder of .eml files.

A mailer answers one of three things, and the difference is what keeps a message from being mailed
twice: `sent`, `refused` (certainly not sent: try again later), or `unsure` (the answer was lost).
So a mailer never retries by itself. The recipient comes from the settings only.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from .core import Message, ascii_address

if TYPE_CHECKING:
    from email.message import EmailMessage

TIMEOUT = 4.0
"""Seconds a mail server has for each step."""

_REPLY_TO = re.compile(
    r"(?=[^@]{1,64}@)(?!.*=\?)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}",
    re.ASCII | re.IGNORECASE,
)
"""What every mail server takes: dot-atoms (RFC 5322, 3.2.3) and a host's name (RFC 1123)."""
_WRITE_ANEW = "To answer, write to the address above: your answer to this mail does not go there.\n"


class Mail(NamedTuple):
    """A mail to the owner. `name` is unique to it; `reply_to` is empty or a plain address."""

    name: str
    subject: str
    text: str
    reply_to: str = ""


class Outcome(NamedTuple):
    """How sending went. `detail` is the server's id of the mail, or a short name of the failure."""

    kind: Literal["sent", "refused", "unsure"]
    detail: str


class Mailer(Protocol):
    """Sends a mail to the owner."""

    def send(self, mail: Mail) -> Outcome:
        """Try once."""
        ...


def compose(message: Message, site: str) -> Mail:
    """Return the mail that brings a message to the owner; `site` is the site's address."""
    reply_to = _reply_to(message.email)
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(message.received))
    where = (site.rstrip("/") + message.page) if message.page else site
    subject = " ".join((message.subject or f"Message from {message.name}").split())
    # Never an encoded word (RFC 2047): whoever decodes it could find line breaks and headers in it.
    subject = subject.replace("=?", "= ?")
    text = (
        f"{message.name} <{message.email}> wrote on {when}"
        + (f", on {where}" if where else "")
        + f":\n\n{message.message}\n\n-- \n"
        + ("Your answer to this mail goes to the reader.\n" if reply_to else _WRITE_ANEW)
        + f"Message {message.id}\n"
    )
    return Mail(message.id, subject, text, reply_to)


def _reply_to(email: str) -> str:
    """Return the address for answers, or nothing where a server could refuse the mail for it.

    `taro.@example.org` is in use, and no mail address by the rules: SES would refuse the whole mail
    each time it is tried.
    """
    # Python's codec knows IDNA 2003, to which straße.de is strasse.de: the host of somebody else.
    if any(c in "ßς\u200c\u200d" for c in email.rpartition("@")[2].lower()):
        return ""
    address = ascii_address(email)
    return address if _REPLY_TO.fullmatch(address) else ""


def notice(message: Message) -> Mail:
    """Return the mail which tells that a message may not have arrived; it is not the message."""
    return Mail(
        f"{message.id}-notice",
        "A message from your contact form may not have reached you",
        "The mail server did not say whether it took a message from your contact form. To keep you"
        " from getting it twice, it was not sent again. If you do not find it, read it with\n\n"
        f"    python publish.py messages show {message.id}\n\nor have it sent again with\n\n"
        f"    python publish.py messages retry {message.id}\n",
    )


_WHY = {
    "sender-limit": "beyond what one network may send at once",
    "daily-limit": "beyond the {daily} mails of a day",
}


def waiting_notice(waits: Mapping[str, int], day: str, daily: int) -> Mail:
    """Return the mail which tells how many messages wait, by reason; it is no message itself."""
    many = sum(waits.values())
    rows = [
        f"    {n:>6}  {_WHY.get(why, why).format(daily=daily)} ({why})\n"
        for why, n in sorted(waits.items())
    ]
    return Mail(
        f"waiting-{day}",
        f"Your contact form: {many} {'messages wait' if many > 1 else 'message waits'}",
        "They are kept, and none is lost:\n\n"
        + "".join(rows)
        + f"\nUp to {max(1, daily // 2)} of those that wait are mailed on each day from the next"
        " on, first those whose network sent little. You need not wait for it: see all with\n\n"
        "    python publish.py messages list --state pending\n\n"
        "have one mailed now with\n\n    python publish.py messages retry ID\n\n"
        "and delete what you do not want with\n\n    python publish.py messages delete ID\n",
    )


class SesMailer:
    """Amazon SES (API v2). Fields travel apart from one another: none can become a header.

    `configuration_set` is where SES reports mails that come back; empty for none.
    """

    def __init__(
        self, client: Any, sender: str, recipient: str, configuration_set: str = ""
    ) -> None:
        self._client = client
        self._sender = sender
        self._recipient = recipient
        self._more = {"ConfigurationSetName": configuration_set} if configuration_set else {}

    def send(self, mail: Mail) -> Outcome:
        """See Mailer."""
        from botocore import exceptions

        try:
            answer = self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [self._recipient]},
                ReplyToAddresses=[mail.reply_to] if mail.reply_to else [],
                Content={
                    "Simple": {
                        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": mail.text, "Charset": "UTF-8"}},
                    }
                },
                **self._more,
            )
        except exceptions.ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
            code = str(error.response.get("Error", {}).get("Code", ""))[:80]
            # An answer of the 4xx kind means that nothing was done.
            return Outcome("refused" if 400 <= status < 500 else "unsure", code)
        except (
            exceptions.ConnectTimeoutError,
            exceptions.EndpointConnectionError,
            exceptions.NoCredentialsError,
            exceptions.NoRegionError,
        ) as error:
            return Outcome("refused", type(error).__name__)
        except exceptions.BotoCoreError as error:
            return Outcome("unsure", type(error).__name__)
        return Outcome("sent", str(answer["MessageId"]))


class SmtpMailer:
    """Any SMTP server: `smtp://user:password@host:587?starttls=1`, `smtps://host:465`."""

    def __init__(self, address: str, sender: str, recipient: str) -> None:
        self._address = urlsplit(address)
        self._sender = sender
        self._recipient = recipient

    def send(self, mail: Mail) -> Outcome:
        """See Mailer."""
        import smtplib

        at = self._address
        kind = smtplib.SMTP_SSL if at.scheme == "smtps" else smtplib.SMTP
        handed_over = False
        try:
            # Not `with`: a server that dies after taking the mail must not undo the success.
            server = kind(at.hostname or "localhost", at.port or 0, timeout=TIMEOUT)
            try:
                if parse_qs(at.query).get("starttls") == ["1"]:
                    server.starttls()
                if at.username:
                    server.login(unquote(at.username), unquote(at.password or ""))
                server.ehlo_or_helo_if_needed()
                for code, _ in (server.mail(self._sender), server.rcpt(self._recipient)):
                    if code not in (250, 251):
                        return Outcome("refused", f"smtp-{code}")
                raw = bytes(as_email(mail, self._sender, self._recipient))
                handed_over = True
                code, answer = server.data(raw)
                if code != 250:
                    return Outcome("refused", f"smtp-{code}")
                return Outcome("sent", answer.decode("ascii", "replace")[:80])
            finally:
                server.close()
        except smtplib.SMTPDataError as error:
            return Outcome("refused", f"smtp-{error.smtp_code}")
        except (smtplib.SMTPException, OSError) as error:
            return Outcome("unsure" if handed_over else "refused", type(error).__name__)


class OutboxMailer:
    """A folder of .eml files, one for each mail: sending the same mail again changes nothing."""

    def __init__(self, folder: Path, sender: str, recipient: str) -> None:
        self._folder = folder
        self._sender = sender
        self._recipient = recipient

    def send(self, mail: Mail) -> Outcome:
        """See Mailer."""
        target = self._folder / f"{mail.name}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            half = target.with_suffix(f".{os.getpid()}.part")
            half.write_bytes(bytes(as_email(mail, self._sender, self._recipient)))
            half.replace(target)
        except OSError as error:
            return Outcome("refused", type(error).__name__)
        return Outcome("sent", target.name)


def as_email(mail: Mail, sender: str, recipient: str) -> EmailMessage:
    """Return a mail with headers; the email package refuses line breaks in any of them."""
    import email.policy
    from email.message import EmailMessage
    from email.utils import formatdate

    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{mail.name}@{sender.rpartition('@')[2]}>"
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    message.set_content(mail.text)
    return message


def open_mailer(environ: Mapping[str, str]) -> Mailer:
    """Make the mailer that `TIDEPOST_MAILER` names. Raises ValueError for an unknown kind."""
    kind = environ.get("TIDEPOST_MAILER", "ses")
    sender, recipient = environ["TIDEPOST_SENDER"], environ["TIDEPOST_RECIPIENT"]
    if kind.startswith("outbox:"):
        return OutboxMailer(Path(kind.removeprefix("outbox:")), sender, recipient)
    if kind.startswith(("smtp://", "smtps://")):
        return SmtpMailer(kind, sender, recipient)
    if kind != "ses":
        raise ValueError("TIDEPOST_MAILER: `ses`, `smtp://HOST:PORT` or `outbox:FOLDER`")
    events = environ.get("TIDEPOST_CONFIGURATION_SET", "")
    return SesMailer(ses_client(environ), sender, recipient, events)


def ses_client(environ: Mapping[str, str]) -> Any:
    """Return an SES client that never tries twice: its second try could be a second mail."""
    import botocore.session
    from botocore.config import Config

    return botocore.session.get_session().create_client(
        "sesv2",
        region_name=environ.get("AWS_REGION") or None,
        endpoint_url=environ.get("TIDEPOST_SES_ENDPOINT") or None,
        config=Config(
            connect_timeout=2,
            read_timeout=TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": 1},
        ),
    )
