"""publish.py releases, rollback, previews, gc: earlier releases, and what is left of them."""

from __future__ import annotations

import time
from pathlib import Path

import click
import msgspec

from generator.adapters.interrupts import ended_like_ctrl_c
from generator.app.countable_pages import Countable
from generator.app.targets import git_store, open_target
from generator.app.workspace import open_workspace, preview_url
from generator.cli.common import (
    json_option,
    site_option,
)
from generator.cli.help import previews_here, releases_here
from generator.cli.publish import (
    answer,
    holder,
    no_file,
    note,
    progress_of,
    report_outcome,
    size,
    wait_for_cdn,
)
from generator.core.urls import is_example
from generator.publish import publisher as release
from generator.publish.store import StoreError


@click.command()
@site_option
@json_option
def releases(folder: Path, as_json: bool) -> int:
    """List the releases that `rollback` can restore."""

    def work() -> int:
        workspace = open_workspace(folder, as_json=as_json)
        manifest = release.manifest_of(open_target(workspace.config, workspace.root).store)
        found = manifest.releases if manifest else ()
        workspace.console.data({"releases": msgspec.to_builtins(found)})
        for info in found:
            mark = "*" if manifest and info.id == manifest.release else " "
            workspace.console.answer(
                f"{mark} {info.sequence:>4}  {info.created.replace('T', ' ').rstrip('Z')}  "
                f"{info.commit[:10] or '-':10}  {info.objects:>6,} files  "
                f"{size(info.bytes):>9}  {info.note}".rstrip()
            )
        if not found:
            workspace.console.answer("Nothing was published yet.")
        return 0

    return answer(work, as_json=as_json)


@click.command()
@site_option
@click.argument("wanted", default="", metavar="[NUMBER|ID]", shell_complete=releases_here)
@click.option("--wait", is_flag=True, help="Wait until the CDN's invalidation is complete.")
@json_option
def rollback(folder: Path, wanted: str, wait: bool, as_json: bool) -> int:
    """Go back to an earlier release: the one before, or the one named.

    Nothing is built or uploaded; what differs is restored from what the store keeps.
    """

    def work() -> int:
        began = time.perf_counter()
        workspace = open_workspace(folder, as_json=as_json)
        target = open_target(workspace.config, workspace.root)
        manifest = release.manifest_of(target.store)
        if manifest is None:
            raise StoreError("nothing was published yet")
        local = release.past_release(target.store, release.find_release(manifest, wanted))
        policy = msgspec.structs.replace(
            release.policy_of(workspace.config.publish, target, local), from_store=True
        )
        countable = Countable(workspace, local)
        with workspace.console.progress() as line, ended_like_ctrl_c():
            plan_, outcome = release.publish(
                target,
                local,
                no_file,
                policy,
                workspace.now,
                holder=holder(),
                before=lambda made: countable.before(changes=made.release),
                progress=progress_of(line),
            )
            note(outcome, countable.after())
            wait_for_cdn(workspace, target, outcome, line, wait=wait)
        report_outcome(workspace, plan_, outcome, target, time.perf_counter() - began, "")
        return 0

    return answer(work, as_json=as_json)


@click.command()
@site_option
@click.option(
    "--remove",
    multiple=True,
    metavar="NAME",
    help="Remove this preview.",
    shell_complete=previews_here,
)
@json_option
def previews(folder: Path, remove: tuple[str, ...], as_json: bool) -> int:
    """List the previews that are published, or remove some."""

    def work() -> int:
        workspace = open_workspace(folder, as_json=as_json)
        target = open_target(workspace.config, workspace.root)
        for name in remove:
            with ended_like_ctrl_c():
                count = release.remove_preview(target, name, holder())
            workspace.console.say(f"Removed the preview {name}: {count:,} files.")
        found = release.previews(target.store)
        listed = [
            {
                "name": name,
                "url": f"{preview_url(workspace.config, name)}/",
                "created": manifest.created,
                "commit": manifest.commit,
                "objects": len(manifest.entries),
            }
            for name, manifest in sorted(found.items())
        ]
        workspace.console.data({"previews": listed})
        settings = workspace.config.publish
        is_folder = settings.target == "folder" and not settings.stack
        for one in listed:
            where = f"{settings.folder}/_preview/{one['name']}/" if is_folder else one["url"]
            if not is_folder and is_example(workspace.config.url):  # where nothing is
                where = f"{workspace.config.base}/_preview/{one['name']}/"
            workspace.console.answer(
                f"{one['name']:20}  {one['created']}  {str(one['commit'])[:10] or '-':10}  {where}"
            )
        if not listed and not remove:
            workspace.console.answer("There are no previews.")
        return 0

    return answer(work, as_json=as_json)


@click.command()
@site_option
@json_option
def gc(folder: Path, as_json: bool) -> int:
    """Delete old content that no release in the list needs any more."""

    def work() -> int:
        from generator.adapters.files.folder_store import FileStore

        workspace = open_workspace(folder, as_json=as_json)
        target = open_target(workspace.config, workspace.root)
        with ended_like_ctrl_c():
            count = len(release.collect_garbage(target, holder()))
        if isinstance(target.store, FileStore):
            count += target.store.clear_leftovers()
        if workspace.config.publish.target == "git" and not workspace.config.publish.stack:
            count += git_store(workspace.config, workspace.root).cut()
        workspace.console.data({"deleted": count})
        workspace.console.say(f"Deleted {count:,} objects that nothing needs.")
        return 0

    return answer(work, as_json=as_json)
