"""What is read of the recordings in a site's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.site_folder import list_inputs, read_files
from generator.core.cache import NoCache
from tests.support.sites import write
from tests.support.sounds import recording


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(
        tmp_path,
        {
            "content/posts/talk.wav": recording(3),
            "content/posts/damaged.mp3": b"ID3\x04" + bytes(range(200)),
            "content/posts/empty.ogg": b"",
            "content/posts/words.txt": "words",
        },
    )
    return tmp_path


def test_a_recording_tells_its_length(root: Path) -> None:
    files, problems = read_files(root, list_inputs(root, DigestIndex(root / "ledger")), NoCache())
    found = {path.rpartition("/")[2]: (facts.size, facts.seconds) for path, facts in files.items()}
    assert problems == []
    assert found == {
        "talk.wav": (344, 3),
        "damaged.mp3": (204, 0),
        "empty.ogg": (0, 0),
        "words.txt": (0, 0),
    }
