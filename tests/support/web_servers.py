"""nginx and Apache on this machine, serving a folder by the rules that Tidepost writes for them."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

from tests.support.tools import debian, free_port, process, wait_until

_MODULES = (
    "mpm_event", "authz_core", "dir", "env", "filter", "headers", "mime", "rewrite", "setenvif",
)  # fmt: skip


@contextlib.contextmanager
def nginx(root: Path, snippet: Path, scratch: Path) -> Iterator[int]:
    """Serve a folder by nginx with a snippet; yield its port."""
    program = debian("nginx")
    port = free_port()
    scratch.mkdir()
    places = "".join(
        f"{name}_temp_path {scratch}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = scratch / "conf"
    config.write_text(
        f"daemon off;\nmaster_process off;\npid {scratch}/pid;\nerror_log {scratch}/log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{places}"
        f"server {{\nlisten 127.0.0.1:{port};\nroot {root};\ninclude {snippet};\n}}\n}}\n"
    )
    with process([program, "-c", str(config)]):
        _wait(port, scratch / "log")
        yield port


@contextlib.contextmanager
def apache(root: Path, scratch: Path) -> Iterator[int]:
    """Serve a folder that everybody may read by Apache, which reads the .htaccess there; yield its
    port."""
    program = debian("apache2")
    port = free_port()
    scratch.mkdir()
    modules = Path("/usr/lib/apache2/modules")
    loaded = "".join(
        f"LoadModule {name}_module {modules}/mod_{name}.so\n"
        for name in _MODULES
        if (modules / f"mod_{name}.so").is_file()
    )
    config = scratch / "conf"
    config.write_text(
        f"{loaded}ServerRoot {scratch}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\n"
        f"PidFile {scratch}/pid\nErrorLog {scratch}/log\nUser www-data\nGroup www-data\n"
        "TypesConfig /etc/mime.types\nStartServers 1\nThreadsPerChild 8\nMaxRequestWorkers 8\n"
        f'DocumentRoot "{root}"\n<Directory "{root}">\nAllowOverride FileInfo\n'
        "Options FollowSymLinks\nRequire all granted\n</Directory>\n"
    )
    with process([program, "-f", str(config), "-DFOREGROUND"]):
        _wait(port, scratch / "log")
        yield port


def _wait(port: int, log: Path) -> None:
    try:
        wait_until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)
    except AssertionError:
        raise AssertionError(log.read_text() if log.is_file() else "no log") from None
