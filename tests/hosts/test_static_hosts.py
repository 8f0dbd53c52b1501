"""`_redirects` and `_headers` as the hosts' own programs read them: Netlify's parsers and matcher,
and the server of Cloudflare Pages that wrangler runs on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from generator.publish.headers import content_type
from generator.publish.hosts.rules import Rules, forms
from generator.publish.hosts.static_hosts import cloudflare, netlify
from tests.support.addresses import told_apart, write
from tests.support.caddy import ask
from tests.support.host_rules import HEADERS, contract, rules
from tests.support.tools import debian, free_port, npm_package, process, wait_until

LASTING = "public, max-age=31536000, immutable"

NETLIFY = """
(async () => {
  const [redirectsFile, headersFile, ...paths] = process.argv.slice(1);
  const { parseAllRedirects } = await import("netlify-redirect-parser");
  const { parseAllHeaders } = await import("netlify-headers-parser");
  const plain = { minimal: false };
  const rules = await parseAllRedirects({
    redirectsFiles: [redirectsFile], configRedirects: [], ...plain });
  const headers = await parseAllHeaders({
    headersFiles: [headersFile], configHeaders: [], ...plain });
  const matcher = await require("netlify-redirector").parseJSON(
    JSON.stringify(rules.redirects), {});
  const none = () => "";
  const request = { scheme: "https", host: "tidepost.example", query: "", headers: {},
    cookieValues: {}, getHeader: none, getCookie: none };
  const told = (path) => ({
    match: matcher.match({ ...request, path }),
    headers: Object.assign({}, ...headers.headers
      .filter((rule) => rule.forRegExp.test(path)).map((rule) => rule.values)),
  });
  console.log(JSON.stringify({
    errors: [...rules.errors, ...headers.errors].map(String),
    told: Object.fromEntries(paths.map((path) => [path, told(path)])),
  }));
})();
"""


def escaped(path: str) -> str:
    """Return a path as a browser asks for it."""
    return quote(path, safe="/-_.~!$&'()+,;=@")


def wanted(told: Rules, path: str) -> dict[str, str]:
    """What the rules say of a file beside what all answers have."""
    found = dict(HEADERS)
    if told.lasts(path):
        found["cache-control"] = LASTING
    if path in told.named:
        found["content-type"] = content_type(path)
    return found


def redirects_of(told: Rules) -> dict[str, str]:
    """Where each address leads."""
    return {
        escaped(form): location for old, location in told.redirects.items() for form in forms(old)
    }


def by_netlify(files: Mapping[str, str], paths: list[str], folder: Path) -> dict[str, Any]:
    packages = ("netlify-headers-parser@7.1.4", "netlify-redirector@0.5.0")
    home = npm_package("netlify-redirect-parser", "14.4.0", *packages).parents[1]
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    command = [debian("node", "nodejs"), "-e", NETLIFY, "--", folder / "_redirects"]
    ran = subprocess.run(
        [*command, folder / "_headers", *paths],
        cwd=home,
        check=True,
        capture_output=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    assert found["errors"] == []
    told: dict[str, Any] = found["told"]
    return told


def test_netlifys_own_parsers_and_matcher(tmp_path: Path) -> None:
    one = contract()
    said = rules(one)
    redirects = redirects_of(said)
    files = {f"/{escaped(path)}": path for path in one.files}
    found = by_netlify(netlify(said), [*redirects, *files, "/nothing"], tmp_path)
    for path, location in redirects.items():
        match = found[path]["match"]
        told = (match["status"], match["to"], match["force"]) if match else None
        assert told == (301, location, True), path
    for path, output in files.items():
        if path not in redirects:
            assert found[path]["match"] is None, path
        assert found[path]["headers"] == wanted(said, output), path
    assert found["/nothing"] == {"match": None, "headers": HEADERS}


@contextlib.contextmanager
def by_wrangler(folder: Path, scratch: Path) -> Iterator[int]:
    """Serve a folder as Cloudflare Pages do; yield the port."""
    program = npm_package("wrangler", "4.40.0") / "bin/wrangler.js"
    port = free_port()
    alone = {"HOME": str(scratch), "CI": "1", "WRANGLER_SEND_METRICS": "false"}
    options = ["--ip", "127.0.0.1", "--port", str(port), "--inspector-port", str(free_port())]
    command = [debian("node", "nodejs"), program, "pages", "dev", folder, *options]
    date = ["--compatibility-date", "2025-09-01"]
    with process([*command, *date], cwd=scratch, env={**os.environ, **alone}):
        wait_until(lambda: ask(port, "/").status == 200)
        yield port


def address_at_cloudflare(output: str) -> str:
    """Return the one address of a file there: a page's is without its ending."""
    path = f"/{escaped(output)}"
    if path.endswith("/index.html"):
        return path.removesuffix("index.html")
    return path.removesuffix(".html")


def test_the_server_of_cloudflare_pages(tmp_path: Path) -> None:
    one = told_apart(contract())
    said = rules(one)
    site, scratch = tmp_path / "site", tmp_path / "scratch"
    scratch.mkdir()
    write(one, site, one.files)
    for name, text in cloudflare(said).items():
        (site / name).write_text(text, encoding="utf-8")
    with by_wrangler(site, scratch) as port:
        for path, location in redirects_of(said).items():
            found = ask(port, path)
            assert (found.status, found.headers["location"]) == (301, location), path
            assert HEADERS.items() <= found.headers.items(), path
        for output in one.files:
            path = address_at_cloudflare(output)
            if path in redirects_of(said):
                continue
            found = ask(port, path)
            assert found.status == 200, path
            assert found.body == f"<p>{output}</p>".encode(), path
            assert wanted(said, output).items() <= found.headers.items(), path
        gone = ask(port, "/nothing")
        assert (gone.status, gone.body) == (404, b"<p>404.html</p>")
        assert HEADERS.items() <= gone.headers.items()
