"""Fixtures for builds that go on from the last one."""

from tests.support.builds import site  # noqa: F401 (a fixture)
