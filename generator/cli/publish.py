"""The commands that publish, show what publishing would do, and go back."""

from __future__ import annotations

import codecs
import getpass
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from generator.adapters import git
from generator.adapters.console import Console, ProgressLine, problems_as_data
from generator.adapters.files.compress import make_variants
from generator.adapters.interrupts import ended_like_ctrl_c
from generator.app.build import build_and_check
from generator.app.countable_pages import Countable
from generator.app.outcome import Built
from generator.app.targets import open_target
from generator.app.workspace import Workspace, open_workspace, preview_url
from generator.cli.commands import NOT_PUBLISHED, PROBLEMS
from generator.cli.common import (
    build_options,
    json_option,
    say_unpublished,
    site_option,
    tell,
    ways_to_look,
    without_api,
)
from generator.config.publish import DeleteGuard, Grace, PublishSettings, Retention
from generator.core.artifacts import OutputFile
from generator.core.cache import NoCache
from generator.core.problems import Problem, SiteError, errors
from generator.publish import publisher as release
from generator.publish.cost import Cost, cost_of
from generator.publish.executor import Outcome, wait_for
from generator.publish.manifest import Local, local_release
from generator.publish.plan import PHASES, Operation, Plan, Policy, month_of
from generator.publish.publisher import Target
from generator.publish.store import StoreError

_SHOWN = 40
"""How many operations of a phase `plan` prints before it sums up."""


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner allowed this one run, by options."""

    allow_deletes: bool = False
    force: bool = False
    verify: bool = False
    wait: bool = False
    preview: str = ""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A release that is ready to be planned: what, under which rules, where to, and its files."""

    local: Local
    policy: Policy
    target: Target
    find: Callable[[str], Path]
    history: release.HistoryOf


class PlanFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `plan --json` prints and `publish --plan` reads."""

    store: str
    plan: Plan
    cost: Cost


def publish_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of both `publish` and `plan`."""
    for option in (
        click.option(
            "--preview", default="", metavar="NAME", help="A preview, at its own address."
        ),
        click.option("--allow-deletes", is_flag=True, help="Delete any number of pages."),
        click.option(
            "--force",
            is_flag=True,
            help="Publish over a newer commit or another site; overwrite foreign objects.",
        ),
        click.option("--verify", is_flag=True, help="Compare with what is really there; repair."),
    ):
        command = option(command)
    return command


@click.command()
@site_option
@build_options
@publish_options
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Do what this file of `plan --json` says, or nothing.",
)
@click.option("--wait", is_flag=True, help="Wait until the CDN's invalidation is complete.")
@json_option
def publish(
    folder: Path,
    drafts: bool,
    future: bool,
    no_cache: bool,
    preview: str,
    allow_deletes: bool,
    force: bool,
    verify: bool,
    plan_file: Path | None,
    wait: bool,
    as_json: bool,
) -> int:
    """Build, check and publish the site.

    The place is the one that `publish:` in site.yaml names, and without it the folder _published/.
    An interrupted publish leaves the old release whole; the next one goes on where it stopped.
    """

    def work() -> int:
        began = time.perf_counter()
        _check_name(preview)
        workspace = open_workspace(folder, as_json=as_json)
        agreed = _read_plan(plan_file) if plan_file else None
        built = build_and_check(
            workspace, drafts=drafts, future=future, no_cache=no_cache, preview=preview
        )
        lacking = without_api(workspace)
        if errors(lacking):
            raise SiteError(lacking)
        tell(workspace, sorted([*built.problems, *lacking]))
        say_unpublished(workspace, built.held)
        allowed = Allowed(
            allow_deletes=allow_deletes, force=force, verify=verify, wait=wait, preview=preview
        )
        plan_, outcome, target = publish_build(workspace, built, allowed, agreed=agreed)
        report_outcome(workspace, plan_, outcome, target, time.perf_counter() - began, preview)
        return 0

    return answer(work, as_json=as_json)


@click.command()
@site_option
@build_options
@publish_options
@json_option
def plan(
    folder: Path,
    drafts: bool,
    future: bool,
    no_cache: bool,
    preview: str,
    allow_deletes: bool,
    force: bool,
    verify: bool,
    as_json: bool,
) -> int:
    """Show what publishing would do, with each reason and the cost; change nothing."""

    def work() -> int:
        _check_name(preview)
        workspace = open_workspace(folder, as_json=as_json)
        built = build_and_check(
            workspace, drafts=drafts, future=future, no_cache=no_cache, preview=preview
        )
        allowed = Allowed(allow_deletes=allow_deletes, force=force, verify=verify, preview=preview)
        ready = prepare(workspace, built, allowed)
        made = release.make_plan(
            ready.target,
            ready.local,
            ready.policy,
            workspace.now,
            verify=verify,
            history=ready.history,
        )
        cost = cost_of(made, month_of(workspace.now))
        document = PlanFile(store=ready.target.store.name, plan=made, cost=cost)
        workspace.console.data(msgspec.to_builtins(document))
        _tell_plan(workspace.console, document)
        workspace.console.problems(made.refused)
        return NOT_PUBLISHED if made.refused else 0

    return answer(work, as_json=as_json)


@click.command()
@site_option
@json_option
def doctor(folder: Path, as_json: bool) -> int:
    """Find out what publishing still lacks, by trying it."""

    def work() -> int:
        from generator.app.diagnosis import diagnose

        workspace = open_workspace(folder, as_json=as_json)
        findings = list(diagnose(workspace.config, workspace.root))
        workspace.console.data({"findings": msgspec.to_builtins(findings)})
        marks = {"ok": "ok", "note": "--", "wrong": "NO"}
        for finding in findings:
            workspace.console.answer(f"[{marks[finding.state]}] {finding.what}: {finding.message}")
            if finding.hint:
                workspace.console.answer(f"     {finding.hint}")
        return NOT_PUBLISHED if any(f.state == "wrong" for f in findings) else 0

    return answer(work, as_json=as_json)


def prepare(workspace: Workspace, built: Built, allowed: Allowed) -> Prepared:
    """Return the release that a build makes, the rules for it, and where it goes."""
    settings = workspace.config.publish
    files: Iterable[OutputFile] = built.files
    places: Mapping[str, Path] = {}
    hosts_own: Mapping[str, Path] = {}
    if settings.precompress:
        variants = make_variants(built.files, built.folder, workspace.cache_folder / "variants")
        files, places = [*built.files, *variants.files], variants.places
    if not allowed.preview and (settings.rules != "none" or settings.target == "git"):
        from generator.adapters.hosts.host_files import make_host_files

        memory = workspace.cache_folder / "host"
        more = make_host_files(
            workspace.root,
            workspace.config,
            NoCache(),
            built.files,
            built.redirects,
            built.folder,
            memory,
        )
        files = [*(file for file in files if file.path not in more.places), *more.files]
        hosts_own = more.places
    target = open_target(workspace.config, workspace.root, preview=allowed.preview)
    commit = git.head(workspace.root)
    local = local_release(
        files,
        built.redirects,
        page_max_age=settings.page_max_age,
        cdn=target.distribution is not None,
        commit=commit.id,
        committed=commit.time,
        encodings=dict.fromkeys(places, "gzip"),
    )
    policy = msgspec.structs.replace(
        release.policy_of(_preview_rules() if allowed.preview else settings, target, local),
        allow_deletes=allowed.allow_deletes or allowed.force or bool(allowed.preview),
        force=allowed.force,
    )
    return Prepared(
        local=local,
        policy=policy,
        target=target,
        find=lambda path: places.get(path) or hosts_own.get(path) or built.folder / path,
        history=lambda other, at: (
            release.History()
            if allowed.preview
            else release.History(*git.history(workspace.root, commit, other, at))
        ),
    )


def publish_build(
    workspace: Workspace, built: Built, allowed: Allowed, *, agreed: PlanFile | None = None
) -> tuple[Plan, Outcome, Target]:
    """Make what was built the live release. Raises SiteError when the plan is refused, and
    StoreError for all else that can go wrong."""
    ready = prepare(workspace, built, allowed)
    if agreed is not None and agreed.store != ready.target.store.name:
        raise StoreError(
            f"this plan is for {agreed.store}, and this would publish to {ready.target.store.name}",
            "make a new plan and look at it",
        )
    countable = Countable(workspace, ready.local, preview=allowed.preview)
    with workspace.console.progress() as line, ended_like_ctrl_c():
        line("Publishing")
        plan_, outcome = release.publish(
            ready.target,
            ready.local,
            ready.find,
            ready.policy,
            workspace.now,
            holder=holder(),
            verify=allowed.verify,
            history=ready.history,
            agreed=agreed.plan if agreed else None,
            before=lambda made: countable.before(changes=made.release),
            progress=progress_of(line),
        )
        note(outcome, countable.after())
        wait_for_cdn(workspace, ready.target, outcome, line, wait=allowed.wait)
    return plan_, outcome, ready.target


def answer(work: Callable[[], int], *, as_json: bool) -> int:
    """Carry out a command; report what went wrong in the site (1) or at the store (3)."""
    console = Console(as_json=as_json)
    try:
        return work()
    except SiteError as error:
        problems, code = error.problems, PROBLEMS
        if any(problem.path == "publish" for problem in problems):
            code = NOT_PUBLISHED
    except StoreError as error:
        code = NOT_PUBLISHED
        problems = [
            Problem(path="publish", code="not-published", message=error.message, hint=error.hint)
        ]
    console.problems(problems)
    console.data({"problems": problems_as_data(problems)})
    return code if errors(problems) else 0


def holder() -> str:
    """Who publishes, as the other publisher sees it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user id without a name, as in containers
        user = "someone"
    return f"{user} on {platform.node() or 'an unnamed machine'}, process {os.getpid()}"


def size(count: int) -> str:
    """Return a number of bytes as people read it."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1_000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1_000
    return f"{value:.1f} GB"


def _preview_rules() -> PublishSettings:
    """A preview has no past: nothing is kept, and nothing is guarded."""
    return PublishSettings(
        retention=Retention(releases=1),
        grace=Grace(releases=0, days=0),
        delete_guard=DeleteGuard(share=1, count=1_000_000),
    )


def _check_name(preview: str) -> None:
    """Refuse a preview's name that is no good path, before anything is built under it."""
    if preview:
        release.preview_prefix(preview)


def no_file(path: str) -> Path:
    """Stand in for the files of a release that was built long ago. Raises StoreError."""
    raise StoreError(f"the content of `{path}` is no longer kept")


def _read_plan(file: Path) -> PlanFile:
    raw = file.read_bytes()
    # What a shell on Windows makes of `> FILE`.
    encoding = "utf-16" if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        return msgspec.json.decode(raw.decode(encoding), type=PlanFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StoreError(
            f"`{file}` is not a plan: {error}", "make one with `plan --json > FILE`"
        ) from None


def progress_of(line: ProgressLine) -> Callable[[int, int, str], None]:
    """Return what shows how far a step is."""

    def show(done: int, total: int, phase: str) -> None:
        line(f"Publishing, {phase}", done, total)

    return show


def note(outcome: Outcome, warning: str) -> None:
    """Add a warning to an outcome."""
    if warning:
        outcome.warnings += (warning,)


def wait_for_cdn(
    workspace: Workspace, target: Target, outcome: Outcome, line: ProgressLine, *, wait: bool
) -> None:
    """Wait until the CDN has forgotten what changed."""
    if not (wait or workspace.config.publish.wait) or target.distribution is None:
        return
    try:
        done = wait_for(
            target.distribution,
            outcome.invalidations,
            sleep=time.sleep,
            progress=lambda waited: line(f"Waiting for the CDN, {waited:.0f} s"),
        )
    except StoreError as error:  # the release is live, and the command must not say otherwise
        note(outcome, f"when the CDN has dropped everything is not known: {error.message}")
        return
    if not done:
        outcome.warnings += ("the CDN has not forgotten everything yet; it goes on by itself",)


def report_outcome(
    workspace: Workspace,
    plan_: Plan,
    outcome: Outcome,
    target: Target,
    seconds: float,
    preview: str,
) -> None:
    """Say what was published, and what it cost."""
    config, console = workspace.config, workspace.console
    url = f"{preview_url(config, preview)}/" if preview else f"{config.url.rstrip('/')}/"
    console.data(
        {
            **msgspec.to_builtins(outcome),
            "published": plan_.release,
            "seconds": round(seconds, 3),
            "url": url,
            "foreign": list(plan_.foreign),
        }
    )
    parts = [
        f"{count:,} {word}"
        for count, word in (
            (outcome.uploaded, "uploaded"),
            (outcome.copied, "copied"),
            (outcome.deleted, "deleted"),
            (outcome.unchanged, "unchanged"),
        )
        if count
    ]
    what = f"{', '.join(parts)} ({size(outcome.sent)} sent)" if outcome.sent else ", ".join(parts)
    release_ = f"the preview {preview}" if preview else f"release {outcome.sequence}"
    if plan_.empty:
        console.say(f"Nothing changed since {release_}; {seconds:.1f} s.")
    elif not plan_.release:
        console.say(f"Completed {release_}: {what}; {seconds:.1f} s.")
    else:
        console.say(f"Published {release_}: {what}; {seconds:.1f} s.")
    if outcome.invalidated:
        console.say(
            f"The CDN drops its copies of {outcome.invalidated:,} paths "
            f"({outcome.invalidated_this_month:,} this month; 1,000 are free)."
        )
    for warning in outcome.warnings:
        console.say(f"Note: {warning}.")
    for path in plan_.foreign[:10]:
        console.say(f"Note: `{path}` was not put there by Tidepost; it was left alone.")
    if len(plan_.foreign) > 10:
        console.say(f"Note: ... and {len(plan_.foreign) - 10:,} more.")
    for line in ways_to_look(workspace, target, url, preview):
        console.say(line)


def _tell_plan(console: Console, document: PlanFile) -> None:
    made, cost = document.plan, document.cost
    if made.empty:
        console.answer(f"Nothing to do: {document.store} holds this release already.")
        return
    console.answer(f"Plan for {document.store}:")
    for phase in PHASES:
        operations = [o for o in made.operations if o.phase == phase]
        for operation in operations[:_SHOWN]:
            console.answer(_line(operation))
        if len(operations) > _SHOWN:
            console.answer(f"  {phase:10} ... and {len(operations) - _SHOWN:,} more")
    for note in made.notes:
        console.answer(f"Note: {note}.")
    for path in made.foreign:
        console.answer(f"  foreign    {path}  (not put there by Tidepost; left alone)")
    if not document.store.startswith("s3://"):
        console.answer(f"{made.unchanged:,} unchanged. {size(cost.bytes)} to send.")
        return
    console.answer(
        f"{made.unchanged:,} unchanged. {size(cost.bytes)} to send in {cost.writes:,} writes and "
        f"{cost.reads} reads; {cost.paths:,} paths to forget, {cost.paths_paid:,} of them paid "
        f"({cost.paths_free:,} free ones left this month). At S3's and CloudFront's prices: "
        f"${cost.dollars:.4f}."
    )


def _line(operation: Operation) -> str:
    told = f"  {operation.kind:10} {operation.path}  ({operation.reason})"
    return f"{told}  {size(operation.bytes)}" if operation.bytes else told
