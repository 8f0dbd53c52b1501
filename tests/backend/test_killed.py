"""kill -9 of the local server under load loses nothing that was acknowledged."""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from generator.adapters.functions import every, local_api
from tests.support.events import FIREFOX
from tests.support.tools import ROOT

PATH = "/posts/hello/"


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    tried: set[str] = set()
    counted: set[str] = set()
    received: set[str] = set()
    for life in range(3):
        command = [sys.executable, "-m", "tests.backend.page_server", str(tmp_path)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert server.stdout
        address = urlsplit(server.stdout.readline().decode().strip()).netloc
        enough = threading.Event()
        before = len(counted)
        # Views that the dead server did not acknowledge are sent again, under the same id.
        again = sorted(tried - counted)

        def readers(
            life: int,
            number: int,
            address: str,
            again: list[str],
            before: int,
            enough: threading.Event,
        ) -> None:
            connection = http.client.HTTPConnection(address, timeout=60)
            todo = [*again[number::8]]
            for i in range(10_000):
                view = todo[i] if i < len(todo) else f"view-{life}-{number}-{i}"
                tried.add(view)
                headers = {
                    "user-agent": FIREFOX,
                    "content-type": "application/json",
                    "accept": "application/json",
                    "x-test-ip": f"10.{life}.{number}.{i}",
                }
                try:
                    body = json.dumps({"path": PATH, "id": view})
                    connection.request("POST", "/api/count", body, headers)
                    answer = connection.getresponse()
                    if answer.status == 200 and json.loads(answer.read())["counted"]:
                        counted.add(view)
                    if i % 4 == 0:
                        fields = {"name": "Ada", "email": "ada@example.org", "message": view}
                        connection.request("POST", "/api/contact", json.dumps(fields), headers)
                        answer = connection.getresponse()
                        if answer.status == 200:
                            received.add(json.loads(answer.read())["id"])
                except (OSError, http.client.HTTPException, ValueError):
                    return  # killed
                if len(counted) - before > 150:
                    enough.set()

        threads = [
            threading.Thread(target=readers, args=(life, i, address, again, before, enough))
            for i in range(8)
        ]
        for thread in threads:
            thread.start()
        assert enough.wait(300)
        threading.Event().wait(random.random() / 10)
        server.kill()
        server.wait()
        for thread in threads:
            thread.join()
    api = local_api(tmp_path)
    answer = json.loads(api("GET", "/api/count", f"path={PATH}").body)
    views = answer["counts"][PATH]["views"]
    assert len(counted) > 450
    assert len(counted) <= views <= len(tried)
    kept = {message["id"] for message in every(api.contact, {"action": "messages.list"})}
    assert received
    assert received <= kept
