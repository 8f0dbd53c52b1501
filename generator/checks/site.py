"""All pages together: do links meet, is nothing said twice, is everything there as promised."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

import msgspec

from generator.checks.addresses import Addresses, Target, output_of, page_url
from generator.checks.blocked import Judge
from generator.checks.codes import problem
from generator.checks.page.facts import Link, PageCard, PageFacts
from generator.checks.page.whole import has_fragment
from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.core.problems import Problem, Severity, did_you_mean
from generator.core.urls import canonical

LANDING = "index.html"
NOT_FOUND = "404.html"
_LOADED = frozenset({"image", "asset", "embed", "form"})


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A built site as its checks see it.

    `facts` maps the output path of each page to what `examine` found; `cards` has the small part of
    them. `paths` holds every output path of the release; `redirects` leads from internal URL (from
    `/`, without the base) to internal or full URL. `policy` is the Content-Security-Policy that
    readers get, empty where there is none.
    """

    facts: Mapping[str, PageFacts]
    cards: Mapping[str, PageCard]
    paths: Collection[str]
    redirects: Mapping[str, str]
    config: SiteConfig
    policy: str = ""


def check_references(path: str, site: Site, addresses: Addresses, judge: Judge) -> list[Problem]:
    """Return the broken references of the page at `path`, and what it asks for and does not get.

    Depends on the page's own references and on which places there are in the site, nothing else.
    """
    page = site.facts[path]
    return [
        *_links(path, page, site.facts, addresses, site.config),
        *_canonical(path, page, addresses),
        *judge.of_page(path, page.links, page.inline),
    ]


def check_whole(site: Site, addresses: Addresses, landing_text: Sequence[str]) -> Iterable[Problem]:
    """Yield what is wrong with the pages taken together."""
    for cards in _by_language(site.cards, site.config.languages):
        yield from _same(cards, "title-duplicate", "title", _title)
        yield from _same(cards, "description-duplicate", "description", _description)
    yield from _redirects(site.cards, site.redirects, addresses)
    yield from _promised(site.cards, site.paths, site.config)
    yield from _landing(site.facts, landing_text)


def _links(
    path: str,
    page: PageFacts,
    facts: Mapping[str, PageFacts],
    addresses: Addresses,
    config: SiteConfig,
) -> Iterable[Problem]:
    secure = config.url.startswith("https:")
    for link in page.links:
        if link.url[0] == "#" or link.kind == "other":
            continue  # the page's own check, or that of the policy
        target = addresses.resolve(link.url, path)
        if target.insecure and secure and link.kind in _LOADED:
            message = f"`{link.url}` is loaded over http"
            # Browsers ask for a picture over https of their own accord (W3C, "Mixed Content").
            level: Severity | None = "warning" if link.kind == "image" else None
            yield problem(
                "mixed-content", path, link.line, message, needle=link.url, severity=level
            )
        if target.reach == "found":
            if target.fragment:
                yield from _fragment(path, link, target, facts)
        elif target.reach != "outside":
            yield from _broken(path, link, target, page, facts, config)


def _fragment(
    path: str, link: Link, target: Target, facts: Mapping[str, PageFacts]
) -> Iterable[Problem]:
    page = facts.get(target.path)
    if link.kind != "page" or page is None or has_fragment(page.ids, target.fragment):
        return
    message = f"`{link.url}`: {page_url(target.path)} has no place `#{target.fragment}`"
    hint = did_you_mean(target.fragment, page.ids)
    yield problem("link-fragment", path, link.line, message, needle=link.url, hint=hint)


def _broken(
    path: str,
    link: Link,
    target: Target,
    page: PageFacts,
    facts: Mapping[str, PageFacts],
    config: SiteConfig,
) -> Iterable[Problem]:
    def say(code: str, message: str, hint: str = "") -> Problem:
        return problem(code, path, link.line, message, needle=link.url, hint=hint)

    if target.reach == "local":
        message = f"`{link.url}` is on your own computer: readers have none of it"
        level: Severity = "error" if link.kind in _LOADED else "warning"
        yield msgspec.structs.replace(say("link-local", message), severity=level)
    elif target.reach == "unknown-scheme":
        scheme, rest = link.url.split(":", 1)
        near = did_you_mean(scheme, ("https", "http", "mailto"))
        message = f"`{link.url}`: there is no `{scheme}:`"
        yield say("link-syntax", message, near or f"did you mean `https:{rest}`?")
    elif target.reach == "script":
        yield say("link-script", f"`{link.url}` runs a script")
    elif target.reach == "unreadable":
        yield say("link-syntax", f"`{link.url}` is not an address")
    elif target.reach == "outside-base":
        message = f"`{link.url}` leads outside {config.base}/"
        yield say("link-outside-base", message, f"did you mean `{config.base}{link.url}`?")
    elif target.reach == "redirected":
        if not page.is_redirect_page:
            there = target.url if "://" in target.url else f"{config.base}{target.url}"
            yield say("link-redirected", f"`{link.url}` leads on to `{there}`")
    elif link.kind in ("image", "card"):
        yield say("image-missing", f"`{link.url}` does not exist")
    elif link.kind in ("asset", "embed"):
        # A name without a folder, such as favicon.ico, is none that `asset` gives.
        hint = "" if "/" in target.path else f"expected it at static/root/{target.path}"
        yield say("asset-missing", f"`{link.url}` does not exist", hint)
    else:
        wanted = page_url(target.path)
        written = link.url.removeprefix(config.base + page_url(path))
        near = _meant(written, wanted, facts) or (
            did_you_mean(wanted, map(page_url, facts)) if len(facts) <= 2_000 else ""
        )
        yield say("link-broken", f"`{link.url}` leads to nothing", near)


_MAIL = re.compile(r"[^@\s/?#]+@[^@\s/?#]+\.[A-Za-z]{2,}")
_HOST = re.compile(r"(?:www\.)?(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?:[/?#]\S*)?")
_FILE_ENDINGS = re.compile(r"\.(?:md|html?|php|aspx?|png|jpe?g|gif|pdf|zip|txt|docx?)$")


def _meant(url: str, wanted: str, facts: Mapping[str, PageFacts]) -> str:
    """Return what an address may be meant to be that leads to nothing."""
    last = url.removeprefix("./")
    if re.match(r"https?:/[^/]", url):
        return f"two slashes belong behind the colon: `{url.replace(':/', '://', 1)}`"
    if _MAIL.fullmatch(last):
        return f"a mail address begins with mailto: `mailto:{last}`"
    if _HOST.fullmatch(last) and not _FILE_ENDINGS.search(last.partition("/")[0]):
        return f"another site's address begins with https: `https://{last}`"
    page = re.sub(r"(?:/index)?\.(?:html?|php)$", "/", wanted)
    if page != wanted and output_of(page) in facts:
        return f"did you mean `{page}`?"
    return ""


def _canonical(path: str, page: PageFacts, addresses: Addresses) -> Iterable[Problem]:
    if not page.canonical or page.noindex:
        return
    target = addresses.resolve(page.canonical, path)
    if target.reach not in ("found", "outside"):
        message = f"the canonical address `{page.canonical}` is no page of the site"
        line = page.canonical_line
        yield problem("page-canonical", path, line, message, needle=page.canonical)


def _title(page: PageCard) -> tuple[str, int]:
    return page.title, page.title_line


def _description(page: PageCard) -> tuple[str, int]:
    return page.description, page.description_line


def _by_language(
    cards: Mapping[str, PageCard], languages: Collection[str]
) -> Iterable[Mapping[str, PageCard]]:
    """Return the pages of each language: a name may well be the same in two of them."""
    if not languages:
        return (cards,)
    parts: dict[str, dict[str, PageCard]] = {}
    for path, card in cards.items():
        folder = path.partition("/")[0]
        parts.setdefault(folder if folder in languages else "", {})[path] = card
    return parts.values()


def _same(
    cards: Mapping[str, PageCard],
    code: str,
    what: str,
    value: Callable[[PageCard], tuple[str, int]],
) -> Iterable[Problem]:
    texts = {
        path: text
        for path, page in cards.items()
        if not (page.noindex or page.is_redirect_page) and (text := value(page)[0])
    }
    if len(set(texts.values())) == len(texts):
        return  # nearly always; else it is worth finding out which
    holders: dict[str, list[str]] = {}
    for path in sorted(texts):
        holders.setdefault(texts[path], []).append(path)
    for text, same in holders.items():
        if len(same) < 2:
            continue
        for path in same:
            others = [page_url(other) for other in same if other != path]
            named = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if others[3:] else "")
            message = f"the {what} `{text}` is also that of {named}"
            yield problem(code, path, value(cards[path])[1], message, needle=text)


def _redirects(
    cards: Mapping[str, PageCard], redirects: Mapping[str, str], addresses: Addresses
) -> Iterable[Problem]:
    for source in sorted(redirects):
        path = output_of(source)
        page = cards.get(path)
        if page is not None and not page.is_redirect_page:
            message = f"`{source}` is a page and a redirect to `{redirects[source]}`"
            yield problem("redirect-collision", path, 0, message, needle=source)
        yield from _follow(source, path, redirects, addresses)


def _follow(
    source: str, path: str, redirects: Mapping[str, str], addresses: Addresses
) -> Iterable[Problem]:
    def say(code: str, message: str) -> Problem:
        return problem(code, path, 0, message, needle=source)

    way = [source]
    seen = {canonical(source)}
    target = redirects[source]
    while True:
        way.append(target)
        if not target.startswith("/") or target.startswith("//"):
            break
        found = addresses.internal(target)
        if found.reach == "missing":
            yield say("redirect-target", f"`{source}` leads to `{target}`, which does not exist")
            return
        if found.reach != "redirected":
            break
        spot = canonical(target.partition("#")[0].partition("?")[0])
        if spot in seen:
            yield say("redirect-loop", f"redirects lead in a circle: {' -> '.join(way)}")
            return
        seen.add(spot)
        target = found.url
    if len(way) > 2:
        yield say("redirect-chain", f"a redirect leads to another: {' -> '.join(way)}")


def _promised(
    cards: Mapping[str, PageCard], paths: Collection[str], config: SiteConfig
) -> Iterable[Problem]:
    if LANDING not in cards:
        yield problem("landing-missing", LANDING, 0, "the site has no landing page")
    if NOT_FOUND not in paths:
        yield problem("not-found-page", NOT_FOUND, 0, "the site has no 404.html")
    if config.counter.enabled:
        for path, page in cards.items():
            if page.kind in config.counter.on and not page.has_counter:
                message = f"this {page.kind} page does not carry the counter"
                yield problem("counter-missing", path, 0, message)
    if config.contact.enabled:
        yield from _contact(cards, paths, config)


def _contact(
    cards: Mapping[str, PageCard], paths: Collection[str], config: SiteConfig
) -> Iterable[Problem]:
    path = output_of(config.contact.page)
    if path not in cards:
        message = f"the contact page `{config.contact.page}` does not exist"
        yield problem("contact-form-missing", CONFIG_FILE, 0, message, needle=config.contact.page)
    elif not cards[path].has_contact_form:
        yield problem("contact-form-missing", path, 0, "the page has no contact form")
    thanks = urlsplit(config.contact.thanks)
    if config.contact.action:
        return  # another service has a page of its own, or is told of one by its own field
    if not thanks.netloc and output_of(thanks.path) not in paths:
        message = f"the page `{config.contact.thanks}` does not exist"
        needle = config.contact.thanks
        yield problem("contact-thanks-missing", CONFIG_FILE, 0, message, needle=needle)


def _landing(facts: Mapping[str, PageFacts], landing_text: Sequence[str]) -> Iterable[Problem]:
    if LANDING not in facts:
        return
    there = f" {_words(facts[LANDING].text)} "
    for text in landing_text:
        wanted = _words(text)
        if wanted and f" {wanted} " not in there:
            short = text if len(text) <= 60 else f"{text[:57]}..."
            message = f"the landing page does not say `{short}`"
            yield problem("landing-text", LANDING, 0, message, needle=text)


def _words(text: str) -> str:
    """Return the words alone: quotation marks and dashes may be set differently."""
    return " ".join(re.findall(r"\w+", text))
