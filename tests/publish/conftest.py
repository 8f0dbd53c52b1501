import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import s3_servers
from tests.support.bucket import Bucket
from tests.support.memory_bucket import MemoryBucket


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the owner's own account may reach a test."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_servers.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_servers.SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", s3_servers.REGION)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3_servers.moto(tmp_path_factory.mktemp("moto")) as endpoint:
        make_buckets(endpoint)
        yield endpoint


@pytest.fixture(scope="session")
def seaweed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3_servers.seaweed(tmp_path_factory.mktemp("seaweed")) as endpoint:
        make_buckets(endpoint)
        yield endpoint


def make_buckets(endpoint: str) -> None:
    s3 = s3_servers.client("s3", endpoint)
    s3.create_bucket(Bucket="plain")
    s3.create_bucket(Bucket="versioned")
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})


@pytest.fixture(params=["moto", "moto-versioned", "seaweed", "seaweed-versioned"])
def bucket(request: pytest.FixtureRequest) -> Iterator[Bucket | MemoryBucket]:
    server, _, versioned = request.param.partition("-")
    if server == "memory":
        yield MemoryBucket(versioned=bool(versioned))
        return
    made = Bucket(request.getfixturevalue(f"{server}_server"), versioned=bool(versioned))
    made.server = request.param
    yield made
    made.close()


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    folder.mkdir()
    return folder
