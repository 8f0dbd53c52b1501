from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.content.frontmatter import Document
from generator.core.problems import SiteError, errors
from generator.core.urls import folders_of
from generator.site.catalogue import catalogue
from generator.site.routes import Routes, document_url, list_url, page_count, plan_routes
from tests.support.documents import NOW, document
from tests.support.sites import built, config, content_of, post


def routes_of(
    *documents: Document, settings: str = ""
) -> tuple[Routes, list[tuple[str, str, str]]]:
    settings_read = config(settings)
    site, _ = catalogue(documents, settings_read, NOW)
    routes, problems = plan_routes(site, settings_read)
    return routes, [(p.path.rpartition("/")[2], p.code, p.message) for p in problems]


def page(path: str, **more: object) -> Document:
    name = path.rpartition("/")[2].removesuffix(".md")
    slug = name if name != "index" else path.split("/")[-2]
    made = document(slug, "", "page", **more)
    return Document(
        **{field: getattr(made, field) for field in made.__struct_fields__}
        | {"source": f"content/pages/{path}"}
    )


@pytest.mark.parametrize(
    ("settings", "more", "url"),
    [
        ("", {}, "/posts/a/"),
        ("permalinks: {post: '/{year}/{month}/{day}/{slug}/'}", {}, "/2024/01/05/a/"),
        ("permalinks: {post: '/{category}/{slug}.html'}", {}, "/posts/a.html"),
        (
            "permalinks: {post: '/{category}/{slug}.html'}",
            {"categories": ("Sea & Land", "x")},
            "/sea-and-land/a.html",
        ),
        ("permalinks: {post: '/blog/{slug}'}", {}, "/blog/a/"),
        ("", {"permalink": "/about/me"}, "/about/me/"),
        ("", {"permalink": "/v1.2"}, "/v1.2/"),
        ("", {"permalink": "/old.html"}, "/old.html"),
        ("", {"permalink": "/old/index.html"}, "/old/"),
        ("", {"permalink": "/{year}/{slug}/"}, "/2024/a/"),
    ],
)
def test_urls_of_posts(settings: str, more: dict[str, object], url: str) -> None:
    assert document_url(document("a", "2024-01-05", **more), config(settings)) == url


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("index.md", "/"),
        ("about.md", "/about/"),
        ("docs/index.md", "/docs/"),
        ("docs/start.md", "/docs/start/"),
        ("docs/Deep Down/start.md", "/docs/deep-down/start/"),
    ],
)
def test_urls_of_pages(path: str, url: str) -> None:
    assert document_url(page(path) if path != "index.md" else page("pages/index.md"), config()) in (
        url,
        f"/pages{url}",
    )


def test_the_landing_page_is_home_whatever_its_ending() -> None:
    for name in ("index.md", "index.markdown"):
        made = page("x.md")
        home = Document(
            **{f: getattr(made, f) for f in made.__struct_fields__}
            | {"source": f"content/pages/{name}"}
        )
        assert document_url(home, config()) == "/"


def test_an_empty_site_has_what_every_site_has() -> None:
    routes, problems = routes_of()
    assert [(route.url, route.kind) for route in routes.all] == [
        ("/", "home"),
        ("/posts/", "posts"),
        ("/archive/", "archive"),
        ("/404.html", "not_found"),
    ]
    assert problems == []


def test_lists_have_pages() -> None:
    documents = [document(f"p{n}", f"202{n}-01-01", tags=("x",)) for n in range(5)]
    routes, _ = routes_of(*documents, settings="page_size: 2")
    urls = [route.url for route in routes.all]
    assert [url for url in urls if url.startswith("/posts/p")] == [
        "/posts/p4/", "/posts/p3/", "/posts/p2/", "/posts/p1/", "/posts/p0/",
        "/posts/page/2/", "/posts/page/3/",
    ]  # fmt: skip
    assert [url for url in urls if url.startswith("/tags/")] == [
        "/tags/", "/tags/x/", "/tags/x/page/2/", "/tags/x/page/3/",
    ]  # fmt: skip
    assert [url for url in urls if url.startswith("/archive/2")] == [
        f"/archive/{year}/" for year in (2024, 2023, 2022, 2021, 2020)
    ]


def test_how_many_pages_a_list_has() -> None:
    assert [page_count(items, 10) for items in (0, 1, 10, 11, 20, 21)] == [1, 1, 1, 2, 2, 3]
    assert list_url("term", "tags", "x", number=2) == "/tags/x/page/2/"


def test_a_page_of_ones_own_takes_the_place_of_a_list() -> None:
    routes, problems = routes_of(page("tags.md"), document("a", tags=("x",)))
    assert [route.kind for route in routes.all if route.url == "/tags/"] == ["page"]
    assert problems == []


def test_a_page_of_ones_own_for_addresses_that_lead_nowhere() -> None:
    routes, problems = routes_of(page("404.md", permalink="/404.html"))
    kinds = [(route.kind, route.source) for route in routes.all if route.url == "/404.html"]
    assert kinds == [("not_found", "content/pages/404.md")]
    assert problems == []


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        (
            [page("a.md"), page("x/b.md", permalink="/a/")],
            [
                ("a.md", "same-url", "its URL `/a/` is also that of content/pages/x/b.md"),
                ("b.md", "same-url", "its URL `/a/` is also that of content/pages/a.md"),
            ],
        ),
        (
            [page("a.md", permalink="/Straße/"), page("b.md", permalink="/strasse/")],
            [
                ("a.md", "same-url", "its URL `/Straße/` is also that of content/pages/b.md"),
                ("b.md", "same-url", "its URL `/strasse/` is also that of content/pages/a.md"),
            ],
        ),
        (
            [page("a.md", permalink="/x.html"), page("b.md", permalink="/X.html/c/")],
            [
                (
                    "a.md",
                    "same-url",
                    "its URL `/x.html` is also that of a folder for content/pages/b.md",
                )
            ],
        ),
        (
            [page("a.md", permalink="/posts/page/2/"), *[document(f"p{n}") for n in range(11)]],
            [
                (
                    "a.md",
                    "same-url",
                    "its URL `/posts/page/2/` is also that of the list at /posts/page/2/",
                )
            ],
        ),
        (
            [page("a.md", permalink="/{when}/")],
            [("a.md", "bad-url", "its URL would be `/{when}/`: it contains '{'")],
        ),
        (
            [page("a.md", permalink="/feed.xml")],
            [("a.md", "bad-url", "its URL would be `/feed.xml/`: Tidepost keeps that for itself")],
        ),
        (
            [page("a.md", permalink="/api/x/")],
            [("a.md", "bad-url", "its URL would be `/api/x/`: Tidepost keeps that for itself")],
        ),
        (
            [page("a.md", aliases=("/a/",))],
            [("a.md", "alias-collision", "alias `/a/` is this document's own URL")],
        ),
        (
            [page("a.md", aliases=("/b",)), page("b.md")],
            [("a.md", "alias-collision", "alias `/b` is the URL of content/pages/b.md")],
        ),
        (
            [page("a.md", aliases=("/archive/",))],
            [("a.md", "alias-collision", "alias `/archive/` is the URL of a list")],
        ),
        (
            [page("a.md", aliases=("/x/",)), page("b.md", aliases=("/X/",))],
            [("b.md", "alias-collision", "alias `/X/` is also one of content/pages/a.md")],
        ),
        (
            [page("a.md", aliases=("/robots.txt",))],
            [("a.md", "alias-collision", "alias `/robots.txt`: Tidepost keeps that for itself")],
        ),
        (
            [page("a.md", permalink="/404.html/")],
            [
                (
                    "a.md",
                    "same-url",
                    "it would be at `/404.html/`, in a folder with the name of the page "
                    "`/404.html`",
                )
            ],
        ),
        (
            [page("a.md", permalink="/tags/x.html"), document("b", tags=("X.html",))],
            [
                (
                    "a.md",
                    "same-url",
                    "its URL `/tags/x.html` is also that of a folder for /tags/x.html/",
                )
            ],
        ),
        (
            [page("a.md", permalink="/x/index.html/")],
            [
                (
                    "a.md",
                    "bad-url",
                    "its URL would be `/x/index.html/`: `index.html` is the page of a folder, and "
                    "cannot be a folder itself",
                )
            ],
        ),
        (
            [page("a.md", aliases=("/x/index.html/y/",))],
            [
                (
                    "a.md",
                    "alias-collision",
                    "alias `/x/index.html/y/`: `index.html` is the page of a folder",
                )
            ],
        ),
        (
            [page("a.md", aliases=("/x.html", "/x.html/y"))],
            [
                (
                    "a.md",
                    "alias-collision",
                    "alias `/x.html/y` lies below a URL of content/pages/a.md",
                )
            ],
        ),
        (
            [page("a.md", aliases=("/x.html/y", "/x.html"))],
            [("a.md", "alias-collision", "alias `/x.html` is a folder of content/pages/a.md")],
        ),
    ],
)
def test_collisions(documents: list[Document], expected: list[tuple[str, str, str]]) -> None:
    assert routes_of(*documents)[1] == expected


@pytest.mark.parametrize("taxonomy", ["tags", "categories", "series", "authors"])
def test_a_term_called_like_its_lists_page_is_told_at_its_documents(taxonomy: str) -> None:
    """`/tags/index.html/` would be a folder in the place of the file that `/tags/` is."""
    name = "Index.html"
    matter = f"{taxonomy}: {name}" if taxonomy == "series" else f"{taxonomy}:\n  - x\n  - {name}"
    files = {
        "content/posts/a.md": post(f"title: A\ndate: 2021-05-01\n{matter}"),
        "content/posts/b.md": post("title: B\ndate: 2021-05-02"),
    }
    with pytest.raises(SiteError) as caught:
        built(files)
    [problem] = [p for p in caught.value.problems if p.code == "same-url"]
    assert (problem.path, problem.line) == ("content/posts/a.md", 4)
    assert f"`/{taxonomy}/index.html/`" in problem.message
    assert problem.hint == "give it another name"


def test_aliases_lead_to_their_document() -> None:
    routes, problems = routes_of(
        document(
            "a", aliases=("/2020/a", "/old.html", "/2020/a", "/v1.2", "/p.php", "/q/index.html")
        ),
        document("b", aliases=("/b/",)),
    )
    assert routes.redirects == {
        "/2020/a/": "/posts/a/",
        "/old.html": "/posts/a/",
        "/v1.2/": "/posts/a/",
        "/p.php/": "/posts/a/",
        "/q/": "/posts/a/",
        "/b/": "/posts/b/",
    }
    assert problems == []


def test_what_is_not_published_has_no_aliases() -> None:
    assert routes_of(document("a", draft=True, aliases=("/x/",)))[0].redirects == {}


_SLUGS = st.sampled_from(["a", "A", "b", "page", "index", "con", "x.html", "ß", "ss"])
_LINKS = st.sampled_from(
    ["", "/a/", "/a", "/x.html", "/x.html/y/", "/posts/", "/posts/page/2/", "/404.html", "/tags/a/"]
)
_DOCUMENT = st.tuples(
    st.sampled_from(["posts", "pages"]), _SLUGS, _LINKS, st.lists(_LINKS, max_size=2), _SLUGS
)


@given(st.lists(_DOCUMENT, max_size=5), st.sampled_from(["", "a", "posts", "posts/page"]))
def test_no_two_artifacts_lie_in_one_place(documents: Iterable[tuple], verbatim: str) -> None:  # type: ignore[type-arg]
    """Whatever the site: either problems, or every output path is had once, and by no folder."""
    files: dict[str, str | bytes] = {}
    for number, (folder, slug, permalink, aliases, tag) in enumerate(documents):
        matter = [f"slug: {slug}", f"title: T{number}", f"tags: [{tag}]", "date: 2021-05-01"]
        matter += [f"permalink: {permalink}"] if permalink else []
        matter += [f"aliases: [{', '.join(filter(None, aliases))}]"]
        files[f"content/{folder}/d{number}.md"] = post("\n".join(matter))
    if verbatim:
        files[f"static/root/{verbatim}"] = b"x"
    try:
        result = built(files, "page_size: 1\ncounter: {enabled: false}")
    except SiteError:
        return
    if errors(result.problems):
        return
    paths = [artifact.path.casefold() for artifact in result.artifacts]
    assert len(paths) == len(set(paths))
    assert not {folder for path in paths for folder in folders_of(path)} & set(paths)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("api/x.json", "what is below `/api/` is answered by the API"),
        ("_preview/draft/x.txt", "what is below `/_preview/` is kept for previews"),
        ("d/index.html/x.txt", "`index.html` is the page of a folder"),
        ("a\\b.txt", "browsers take \\ for /"),
    ],
)
def test_a_file_that_nobody_could_ask_for_is_told(path: str, said: str) -> None:
    result = built({"content/posts/a.md": post("date: 2021-05-01"), f"static/root/{path}": b"x"})
    [problem] = errors(result.problems)
    assert (problem.path, problem.code) == (f"static/root/{path}", "bad-url")
    assert said in problem.message
    assert problem.hint == "rename or remove this file"
    assert path not in content_of(result)


def test_old_addresses_of_the_settings_lead_on() -> None:
    settings = "redirects: {/tags/c++/: /tags/cpp/, /old: /about/, /away/: 'https://b.example/x'}"
    routes, problems = routes_of(page("about.md"), settings=settings)
    assert problems == []
    assert routes.redirects == {
        "/tags/c++/": "/tags/cpp/",
        "/old/": "/about/",
        "/away/": "https://b.example/x",
    }


def test_an_old_address_that_is_taken_is_told() -> None:
    settings = "redirects: {/about/: /posts/, /old/: /posts/}"
    routes, problems = routes_of(page("about.md", aliases=("/old/",)), settings=settings)
    assert routes.redirects == {"/old/": "/about/"}
    assert problems == [
        ("site.yaml", "alias-collision", "alias `/about/` is the URL of content/pages/about.md"),
        ("site.yaml", "alias-collision", "alias `/old/` is also one of content/pages/about.md"),
    ]


@pytest.mark.parametrize("wrong", ["{old: /a/}", "{/a?b: /a/}", "{/a/: b}", "{/a/: '/b#c'}"])
def test_old_addresses_that_cannot_be_are_told(wrong: str) -> None:
    with pytest.raises(SiteError):
        config(f"redirects: {wrong}")


def test_a_redirect_to_nothing_is_told_where_it_stands() -> None:
    made = built(
        {"content/posts/a.md": post("date: 2024-01-01")},
        "counter: {enabled: false}\nredirects: {/x/: 'https://b.example/', /y/: /posts/}",
    )
    assert made.redirects == {"/x/": "https://b.example/", "/y/": "/posts/"}
    sources = {one.path: one.source for one in made.artifacts}
    assert sources["x/index.html"] == "site.yaml"
