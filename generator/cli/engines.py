"""The command `engines`."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import click
import msgspec

from generator.cli.commands import PROBLEMS
from generator.cli.common import json_option, open_workspace, site_option
from generator.cli.reading import read_documents
from generator.problems import errors


@click.command()
@json_option
@site_option
def engines(folder: Path, as_json: bool) -> int:
    """Tell which posts and pages the two Markdown engines read differently.

    \b
    Before `markdown: {engine: commonmark}` in site.yaml:   engines

    Each is named with the first place where the results part. Spaces between tags and the order of
    attributes do not count. Nothing is changed.
    """
    from generator.adapters.workers import Workers
    from generator.engine_differences import Difference, compare_step

    workspace = open_workspace(folder, as_json=as_json)
    console = workspace.console
    if importlib.util.find_spec("pyromark") is None:
        raise click.UsageError("the CommonMark engine is not installed: pip install pyromark")
    with console.progress() as progress:
        documents = read_documents(workspace, progress)
        progress("Comparing")
        sources = sorted(documents.by_source)
        texts = [documents.by_source[source].body for source in sources]
        with Workers() as run:
            encoded = list(run(compare_step, workspace.config.markdown, texts, cost=2))
    decode = msgspec.msgpack.Decoder(Difference | None).decode
    found = {
        source: difference
        for source, each in zip(sources, encoded, strict=True)
        if (difference := decode(each))
    }
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False, indent=1))
    else:
        for source, difference in found.items():
            click.echo(f"{source}: after “{difference.after}”")
            click.echo(f"    python-markdown: {difference.python_markdown}")
            click.echo(f"    commonmark:      {difference.commonmark}")
        same = len(sources) - len(found)
        console.say(f"{len(found)} of {len(sources)} come out differently, {same} the same.")
    broken = errors(documents.problems)
    console.problems(broken)
    return PROBLEMS if broken else 0
