"""The two pages a reader without JavaScript may see: the form with its errors, and a refusal.

They must hold without the theme, whose style sheet has another name in each release.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape

from .core import LIMITS, REQUIRED, Form, error_text

_STYLE = (
    ":root{color-scheme:light dark;font:1.05rem/1.5 system-ui,sans-serif}"
    "body{max-width:36rem;margin:2rem auto;padding:0 1rem}"
    "label{display:block;font-weight:600}"
    "input,textarea{box-sizing:border-box;width:100%;font:inherit;padding:.4rem}"
    "[aria-invalid]{outline:2px solid #c22}.e{display:block;font-weight:600}"
    "button{font:inherit;padding:.5rem 1.2rem}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_LABELS = {
    "name": "Name",
    "email": "Email",
    "subject": "Subject (optional)",
    "message": "Message",
}
_TYPES = {"name": "text", "email": "email", "subject": "text"}
_REFUSALS = {
    "too-many": "Many messages have come from your network in a short time."
    " Please try again in an hour.",
    "too-many-today": "Too many messages have come today. Please try again tomorrow.",
    "too-large": "This is too long to be sent. Please shorten it and try again.",
    "unavailable": "Your message could not be stored just now. Please send it again in a moment.",
}


def policy(site: str) -> str:
    """Return what these pages may load: their own style (Content Security Policy Level 3).

    `site` is the site's origin or empty. A form that is sent leads to it, and browsers hold where
    the answer leads to against `form-action`, too.
    """
    targets = f"'self' {site}".rstrip()
    return (
        f"default-src 'none'; form-action {targets}; base-uri 'none'; frame-ancestors 'none'; "
        f"style-src 'sha256-{_STYLE_HASH}'"
    )


def form_page(form: Form, wrong: Mapping[str, str], action: str, back: str) -> str:
    """Return the form with what was typed, and a sentence at each field that is wrong."""
    count = f"{len(wrong)} field{'s' if len(wrong) > 1 else ''}"
    intro = f"<p role=alert>Your message is not sent yet: please check {count}.</p>"
    return _page("Please check your message", intro + _form(form, wrong, action), back)


def refusal_page(code: str, form: Form, action: str, back: str) -> str:
    """Return a page that says why nothing was done, with what was typed if there is any."""
    reason = _REFUSALS.get(code, "This request could not be understood.")
    again = _form(form, {}, action) if any(form[:4]) else ""
    intro = f"<p role=alert>{escape(reason)}</p>"
    return _page("Your message was not sent", intro + again, back)


def _form(form: Form, wrong: Mapping[str, str], action: str) -> str:
    fields = [_field(name, getattr(form, name), wrong.get(name, "")) for name in _LABELS]
    hidden = [
        f'<input type=hidden name={name} value="{escape(getattr(form, name))}">'
        for name in ("token", "page", "thanks", "extra", "website")
    ]
    return (
        f'<form method=post action="{escape(action)}" accept-charset=utf-8>'
        + "".join(fields + hidden)
        + "<p><button type=submit>Send</button></p></form>"
    )


def _field(name: str, value: str, code: str) -> str:
    error = escape(error_text(name, code)) if code else ""
    attributes = f"id={name} name={name} maxlength={LIMITS[name]}"
    if name in REQUIRED:
        attributes += " required"
    if error:
        attributes += f' aria-invalid=true aria-describedby="{name}-error"'
    note = f'<span class=e id="{name}-error">{error}</span>' if error else ""
    control = (
        # A line break right after the tag is dropped by HTML, so it is never part of the text.
        f"<textarea {attributes} rows=8>\n{escape(value)}</textarea>"
        if name == "message"
        else f'<input {attributes} type={_TYPES[name]} value="{escape(value)}">'
    )
    return f"<p><label for={name}>{_LABELS[name]}</label>{control}{note}</p>"


def _page(title: str, body: str, back: str) -> str:
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>{body}"
        f'<p><a href="{escape(back)}">Back to the site</a></p></main></body></html>'
    )
