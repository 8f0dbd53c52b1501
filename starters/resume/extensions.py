"""What the resume's templates need of Python: dates, and the person in schema.org's words."""

import datetime as dt
import json
import re
from typing import Any

from babel.dates import format_skeleton

from generator.extend import Output, filter, output  # noqa: A004

SECTIONS = {
    "work": "name location description position url startDate endDate summary highlights*",
    "volunteer": "organization position url startDate endDate summary highlights*",
    "education": "institution url area studyType startDate endDate score courses*",
    "awards": "title date awarder summary",
    "certificates": "name date url issuer image",
    "publications": "name publisher releaseDate url summary",
    "skills": "name level keywords*",
    "languages": "language fluency",
    "interests": "name keywords*",
    "references": "name reference",
    "projects": "name description highlights* keywords* startDate endDate url roles* entity type",
}
"""What JSON Resume knows of each section; a * is behind what is a list of texts."""

BARE_HOST = re.compile(r"[^/:\s]+\.[^/:\s]+(/|$)")
"""An address as people write it down, `example.org/ada`: what a link needs is put in front."""

BASICS = "name label image email phone url summary"
PLACE = "address postalCode city countryCode region"


@filter
def whole(resume: dict) -> dict:
    """The resume with every section and field that JSON Resume knows, empty where it was left out,
    so that templates can ask for any of them."""
    basics = resume["basics"]
    place = _with(basics.get("location", {}), PLACE)
    profiles = [_with(each, "network username url") for each in basics.get("profiles", ())]
    sections = {
        name: [_with(each, fields) for each in resume.get(name, ())]
        for name, fields in SECTIONS.items()
    }
    return {"basics": _with(basics, BASICS) | {"location": place, "profiles": profiles}} | sections


@filter
def month(date: str, language: str) -> str:
    """ "2014-06-29" -> "Jun 2014", and "2014" as it is, in the words of a language."""
    if len(date) < 7:
        return date
    day = dt.date(int(date[:4]), int(date[5:7]), 1)
    return str(format_skeleton("yMMM", day, locale=language.replace("-", "_")))


@filter
def initials(name: str) -> str:
    """ "Ada Example" -> "AE": what stands where there is no photograph."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@filter
def profile_page(resume: dict, address: str, home: str) -> dict:
    """A whole resume as search engines read it (https://schema.org/ProfilePage); `address` is that
    of the page, `home` that of the site."""
    basics, place = resume["basics"], resume["basics"]["location"]
    person = _thing(
        "Person",
        name=basics["name"],
        jobTitle=basics["label"],
        description=basics["summary"],
        url=basics["url"] or address,
        image=_full(basics["image"], home),
        email=basics["email"],
        telephone=basics["phone"],
        address=_thing(
            "PostalAddress",
            streetAddress=place["address"],
            postalCode=place["postalCode"],
            addressLocality=place["city"],
            addressRegion=place["region"],
            addressCountry=place["countryCode"],
        ),
        sameAs=[each["url"] for each in basics["profiles"] if each["url"]],
        worksFor=[
            _thing("Organization", name=each["name"], url=each["url"])
            for each in resume["work"]
            if each["name"] and not each["endDate"]
        ],
        alumniOf=[
            _thing("EducationalOrganization", name=each["institution"], url=each["url"])
            for each in resume["education"]
            if each["institution"]
        ],
        hasCredential=[
            _thing(
                "EducationalOccupationalCredential",
                name=each["name"],
                url=_full(each["url"], home),
                recognizedBy=_thing("Organization", name=each["issuer"]),
            )
            for each in resume["certificates"]
            if each["name"]
        ],
        award=[each["title"] for each in resume["awards"] if each["title"]],
        knowsAbout=[each["name"] for each in resume["skills"] if each["name"]],
        knowsLanguage=[each["language"] for each in resume["languages"] if each["language"]],
    )
    return {
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "url": address,
        "mainEntity": person,
    }


@output
def machine_readable(data: dict) -> Output:
    """The resume as it was written, at /resume.json, for programs that read JSON Resume."""
    return {"resume.json": json.dumps(data["resume"], ensure_ascii=False, indent=1)}


def _with(given: dict, fields: str) -> dict:
    """Return what is given, with an empty text or list for each of the fields that is not."""
    empty = {name.rstrip("*"): [] if name.endswith("*") else "" for name in fields.split()}
    whole_one = empty | dict(given)
    if BARE_HOST.match(whole_one.get("url", "")):
        whole_one["url"] = "https://" + whole_one["url"]
    return whole_one


def _thing(kind: str, **facts: Any) -> dict[str, Any] | None:
    given = {key: value for key, value in facts.items() if value}
    return {"@type": kind, **given} if given else None


def _full(address: str, home: str) -> str:
    return home.rstrip("/") + address if address.startswith("/") else address
