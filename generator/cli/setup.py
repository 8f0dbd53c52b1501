"""The command that makes the environment, for help and for who has it already."""

from __future__ import annotations

import click

from generator.adapters.environment import make


@click.command()
@click.option("--dev", is_flag=True, help="With what the tests need.")
def setup(dev: bool) -> int:
    """Make the environment .venv, or bring it up to date, as make does.

    It needs Python alone, and works before anything is installed: `py publish.py setup` on Windows,
    `python3 publish.py setup` elsewhere.
    """
    return make(dev=dev)
