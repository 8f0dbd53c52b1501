"""The functions behind `/api`: run in this process on local files, or invoked in the cloud.

`generator` does not import `backend`. A handler is named by a string and loaded when it is needed,
as the Lambda runtime does it, and spoken to in events and answers that went through JSON.
"""

from __future__ import annotations

import base64
import importlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from generator.adapters.program_files import make_backend_importable

COUNTER = "backend.counter.app.build"
CONTACT = "backend.contact.app.build"

Event = dict[str, Any]
Handler = Callable[[Event, Any], Event]


class FunctionError(Exception):
    """A function said no, or could not be reached; the text is fit for the owner's eyes."""


class Functions(Protocol):
    """The owner's side of the two functions: direct invocations, which only IAM lets through."""

    def counter(self, payload: Event) -> Event:
        """Invoke the counter's function. Raises FunctionError."""
        ...

    def contact(self, payload: Event) -> Event:
        """Invoke the contact form's function. Raises FunctionError."""
        ...


class Mail(NamedTuple):
    """A mail in the local outbox, as its .eml file has it; `date` is the header's text."""

    name: str
    subject: str
    sender: str
    date: str
    raw: bytes


class Answer(NamedTuple):
    """An HTTP answer. Header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes


class LocalApi:
    """The API on this machine: SQLite files and an outbox under one folder, no account, no network.

    Call it with a request; it builds the HTTP API's event (payload format 2.0) and calls the same
    handler that the cloud runs. It is safe between threads, and everything survives a restart.
    """

    def __init__(
        self,
        state_folder: Path,
        *,
        site_url: str = "",
        clock: Callable[[], float] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        state_folder.mkdir(parents=True, exist_ok=True)
        self.outbox_folder = state_folder / "outbox"
        environ = {
            "TIDEPOST_STAGE": "local",
            "TIDEPOST_MOST_VIEWS": "0",  # the writer alone looks at a page more than fifty times
            "TIDEPOST_SITE_URL": site_url,
            "TIDEPOST_MAILER": f"outbox:{self.outbox_folder}",
            "TIDEPOST_RECIPIENT": "owner@localhost",
            "TIDEPOST_SENDER": "tidepost@localhost",
            **(settings or {}),
        }
        extra: tuple[Any, ...] = (clock,) if clock else ()

        def load(name: str, file: str) -> Handler:
            own = {"TIDEPOST_STORE": f"sqlite:{state_folder / file}"} | environ
            built: Handler = load_object(name)(own, *extra)
            return built

        self._counter = load(COUNTER, "counter.sqlite")
        self._contact = load(CONTACT, "contact.sqlite")

    def __call__(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        source_ip: str = "127.0.0.1",
    ) -> Answer:
        """Answer a request for a path under `/api/`; `query` is raw, without the question mark."""
        event = http_event(method, path, query, headers or {}, body, source_ip)
        handler = self._contact if path.startswith("/api/contact") else self._counter
        return read_answer(_call(handler, event))

    def counter(self, payload: Event) -> Event:
        """Invoke the counter's function as the owner."""
        return _checked(_call(self._counter, payload))

    def contact(self, payload: Event) -> Event:
        """Invoke the contact form's function as the owner."""
        return _checked(_call(self._contact, payload))

    def tick(self) -> None:
        """Do what the schedules do in the cloud: retry mail, destroy old salts."""
        _call(self._counter, {"schedule": "maintain"})
        _call(self._contact, {"schedule": "retry"})

    def outbox(self) -> list[Mail]:
        """Return the mails that would have been sent, newest first."""
        files = sorted(
            self.outbox_folder.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True
        )
        return [_read_mail(file) for file in files]


def local_api(state_folder: Path, *, site_url: str = "") -> LocalApi:
    """Return the local API whose state lives in `state_folder`, which is made if need be."""
    return LocalApi(state_folder, site_url=site_url)


class CloudFunctions:
    """The two functions in the owner's account, invoked through Lambda.

    The names are the functions' names or ARNs, as the stack's outputs tell them.
    """

    def __init__(
        self,
        counter: str,
        contact: str,
        *,
        region: str = "",
        profile: str = "",
        endpoint_url: str = "",
    ) -> None:
        import boto3
        from botocore.config import Config

        session = boto3.Session(profile_name=profile or None, region_name=region or None)
        self._client = session.client(
            "lambda",
            endpoint_url=endpoint_url or None,
            config=Config(read_timeout=70, retries={"mode": "standard", "total_max_attempts": 3}),
        )
        self._names = {"counter": counter, "contact": contact}

    def counter(self, payload: Event) -> Event:
        """Invoke the counter's function. Raises FunctionError."""
        return self._invoke("counter", payload)

    def contact(self, payload: Event) -> Event:
        """Invoke the contact form's function. Raises FunctionError."""
        return self._invoke("contact", payload)

    def _invoke(self, which: str, payload: Event) -> Event:
        from botocore.exceptions import BotoCoreError, ClientError

        name = self._names[which]
        try:
            answer = self._client.invoke(FunctionName=name, Payload=json.dumps(payload).encode())
            body = answer["Payload"].read()
        except (BotoCoreError, ClientError) as error:
            raise FunctionError(f"the function {name} could not be invoked: {error}") from None
        if "FunctionError" in answer:
            raise FunctionError(f"the function {name} failed; its log says why")
        return _checked(json.loads(body))


def register_paths(
    functions: Functions,
    paths: Iterable[str],
    shards: Mapping[str, int] | None = None,
    *,
    keep: bool = False,
) -> tuple[int, int]:
    """Hand the release's page paths over: they, and only they, are countable from then on.

    With `keep`, pages are only added: for the time in which old and new pages are both live.
    `shards` spreads the writes of single hot pages. Returns how many pages are new and how many are
    gone. Safe to repeat. Raises FunctionError.
    """
    payload = {
        "action": "register",
        "paths": list(paths),
        "shards": dict(shards or {}),
        "keep": keep,
    }
    new = gone = 0
    left = 1
    while left:
        done = functions.counter(payload)
        new, gone, before, left = max(new, done["new"]), max(gone, done["gone"]), left, done["left"]
        if left and left == before:
            raise FunctionError(f"{left} pages could not be registered")
    return new, gone


def every(
    invoke: Callable[[Event], Event], payload: Event, items: str = "items"
) -> Iterator[dict[str, Any]]:
    """Yield all of an answer that comes in pages (Lambda's answers end at 6 MB)."""
    while True:
        answer = invoke(payload)
        yield from answer[items]
        if "next" not in answer:
            return
        payload = {**payload, "after": answer["next"]}


def http_request(
    method: str, address: str, headers: Mapping[str, str], body: bytes | None = None
) -> Answer:
    """Ask the API in the cloud as a reader's browser does. Raises FunctionError."""
    import urllib.error
    import urllib.request

    if not address.startswith(("https://", "http://")):
        raise FunctionError(f"`{address}` is not the address of an API")
    request = urllib.request.Request(address, body, dict(headers), method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), error.read())
    except OSError as error:
        raise FunctionError(f"{address} does not answer: {error}") from None


def http_event(
    method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, source_ip: str
) -> Event:
    """Return the event an HTTP API makes of a request (payload format version 2.0).

    Source: AWS, "Working with AWS Lambda proxy integrations for HTTP APIs". Bodies whose type is
    not text are encoded in base64, forms among them.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    kind = lower.get("content-type", "")
    event: Event = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": lower,
        "requestContext": {
            "apiId": "local",
            "domainName": lower.get("host", "localhost"),
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip,
                "userAgent": lower.get("user-agent", ""),
            },
            "routeKey": f"{method} {path}",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    if body:
        try:
            if not (kind.startswith("text/") or "json" in kind or not kind):
                raise ValueError(kind)
            event["body"] = body.decode()
        except ValueError:
            event["body"] = base64.b64encode(body).decode()
            event["isBase64Encoded"] = True
    return event


def read_answer(answer: Mapping[str, Any]) -> Answer:
    """Return what the HTTP API makes of a handler's answer."""
    body = answer.get("body") or ""
    raw = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    headers = {name.lower(): str(value) for name, value in (answer.get("headers") or {}).items()}
    return Answer(int(answer["statusCode"]), headers, raw)


def load_object(name: str) -> Any:
    """Import `package.module.object` by its name, as the Lambda runtime loads a handler."""
    make_backend_importable()
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def _call(handler: Handler, payload: Event) -> Event:
    answer: Event = json.loads(json.dumps(handler(json.loads(json.dumps(payload)), None)))
    return answer


def _checked(answer: Event) -> Event:
    if "error" in answer:
        raise FunctionError(str(answer["error"]))
    return answer


def _read_mail(file: Path) -> Mail:
    import email.policy

    raw = file.read_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return Mail(
        file.name,
        str(message["subject"] or ""),
        str(message["reply-to"] or message["from"] or ""),
        str(message["date"] or ""),
        raw,
    )
