from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from generator.publish.publisher import Target
from tests.publish import sites
from tests.publish.driver import s3_target
from tests.support import s3_servers


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the owner's own account may reach a test."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_servers.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_servers.SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", s3_servers.REGION)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")


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


class Bucket:
    """A fresh place in a bucket, behind a fresh proxy.

    One bucket serves many tests: SeaweedFS reserves volumes for each.
    """

    def __init__(self, upstream: str, *, versioned: bool) -> None:
        self.name = "versioned" if versioned else "plain"
        self.prefix = f"{uuid4().hex[:12]}/"
        self.versioned = versioned
        self.server = ""
        """What the server is called, with `-versioned` where the bucket keeps versions."""
        self.upstream = upstream
        self.s3 = s3_servers.client("s3", upstream)
        self.proxy = s3_servers.Proxy(upstream)

    def move(self) -> None:
        """Go to another place where nothing is yet."""
        self.prefix = f"{uuid4().hex[:12]}/"

    def target(self, workers: int = 1) -> Target:
        """The place, reached past the proxy."""
        return s3_target(self.upstream, self.name, self.prefix, workers)

    def watched(self, workers: int = 1) -> Target:
        """The place, reached through the proxy."""
        return s3_target(self.proxy.endpoint, self.name, self.prefix, workers)

    def live(self) -> dict[str, sites.Live]:
        """All that readers could get."""
        return sites.bucket_live(self.s3, self.name, self.prefix)

    def put(self, path: str, content: bytes) -> None:
        """Put an object there as somebody else would."""
        self.s3.put_object(Bucket=self.name, Key=self.prefix + path, Body=content)

    def delete(self, path: str) -> None:
        """Delete an object as somebody else would."""
        self.s3.delete_object(Bucket=self.name, Key=self.prefix + path)

    def close(self) -> None:
        """Stop the proxy."""
        self.proxy.shutdown()
        self.proxy.server_close()


def make_buckets(endpoint: str) -> None:
    s3 = s3_servers.client("s3", endpoint)
    s3.create_bucket(Bucket="plain")
    s3.create_bucket(Bucket="versioned")
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})


@pytest.fixture(params=["moto", "moto-versioned", "seaweed", "seaweed-versioned"])
def bucket(request: pytest.FixtureRequest) -> Iterator[Bucket]:
    server, _, versioned = request.param.partition("-")
    made = Bucket(request.getfixturevalue(f"{server}_server"), versioned=bool(versioned))
    made.server = request.param
    yield made
    made.close()


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    folder.mkdir()
    return folder
