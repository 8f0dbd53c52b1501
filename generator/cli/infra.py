"""The command `infra`: the stack that an ordinary site lives in, from nothing to nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from generator.adapters.aws.stack_parameters import manual_records, parameters_for, with_policy
from generator.adapters.program_files import program_folder
from generator.app.cloud import StackPrices, in_all, price_as_data, stack_name
from generator.app.workspace import Workspace, open_workspace
from generator.cli.commands import NOT_PUBLISHED, CommandGroup
from generator.cli.common import json_option, site_option
from generator.core.problems import Problem
from generator.publish.cost import FREE, READ, REGION, total
from generator.publish.csp import further_sources

if TYPE_CHECKING:
    from generator.adapters.aws.cloudformation import Change

SHIPPED = program_folder() / "infra" / "site.yaml"
_HOLD_DATA = frozenset({"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket"})


def stack_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add what says which stack is meant."""
    for option in (
        site_option,
        json_option,
        click.option("--stack", "name", default="", help="The stack's name."),
        click.option(
            "--stage",
            type=click.Choice(["prod", "test"]),
            default="prod",
            help="Which of the two stages (default: prod).",
        ),
    ):
        command = option(command)
    return command


def change_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options of a change."""
    for option in (
        click.option(
            "--role",
            envvar="TIDEPOST_EXECUTION_ROLE",
            default="",
            metavar="ARN",
            help="The role that CloudFormation takes (default: your own rights).",
        ),
        click.option(
            "--set",
            "given",
            multiple=True,
            metavar="NAME=VALUE",
            help="A parameter of infra/site.yaml; stays so until it is set again.",
        ),
    ):
        command = option(command)
    return command


@click.group(cls=CommandGroup)
def infra() -> None:
    """Make, change, look at or take away the site's stack on AWS.

    Its template is infra/site.yaml. Parameters come from `infra:` in site.yaml and from --set;
    what neither names stays as it is in the stack. docs/operating.md goes through it step by step.
    """


@infra.command()
@change_options
@stack_options
def plan(
    stage: str, name: str, as_json: bool, folder: Path, given: tuple[str, ...], role: str
) -> int:
    """Show what `apply` would change, and change nothing."""
    return _answer(lambda: _plan(_open(folder, stage, name, as_json), given, role), as_json)


@infra.command()
@click.option("--yes", is_flag=True, help="Do not ask; stops where a table or bucket is replaced.")
@click.option("--replace-data", is_flag=True, help="With --yes: replace tables and buckets too.")
@change_options
@stack_options
def apply(
    stage: str,
    name: str,
    as_json: bool,
    folder: Path,
    given: tuple[str, ...],
    role: str,
    yes: bool,
    replace_data: bool,
) -> int:
    """Show what would change, ask, and do it."""
    return _answer(
        lambda: _apply(
            _open(folder, stage, name, as_json), given, role, yes=yes, replace_data=replace_data
        ),
        as_json,
    )


@infra.command()
@stack_options
def outputs(stage: str, name: str, as_json: bool, folder: Path) -> int:
    """Show where everything is, and which DNS records are to be made by hand."""
    return _answer(lambda: _outputs(_open(folder, stage, name, as_json)), as_json)


@infra.command()
@click.option("--delete-data", is_flag=True, help="Delete pages, counts and messages too.")
@click.option(
    "--export",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where counts and messages are written first (default: infra-export/ in the site).",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@stack_options
def destroy(
    stage: str,
    name: str,
    as_json: bool,
    folder: Path,
    delete_data: bool,
    target: Path | None,
    yes: bool,
) -> int:
    """Take the stack away. Refuses to lose data without --delete-data; exports it in any case."""
    return _answer(
        lambda: _destroy(
            _open(folder, stage, name, as_json), target, delete_data=delete_data, yes=yes
        ),
        as_json,
    )


@infra.command()
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@stack_options
def restore(stage: str, name: str, as_json: bool, folder: Path, source: Path) -> int:
    """Put an export of counts and messages into the stack; nothing that is there is changed."""
    return _answer(lambda: _restore(_open(folder, stage, name, as_json), source), as_json)


class _Site:
    """The workspace and the stack that a command works on."""

    def __init__(self, workspace: Workspace, stage: str, name: str) -> None:
        from generator.adapters.aws.cloudformation import Stack
        from generator.app.cloud import account_of

        self.workspace, self.stage = workspace, stage
        self.prices: StackPrices | None = None
        self.account = account_of(workspace.config)
        self.stack = Stack(self.account, name or stack_name(workspace, stage))

    def say(self, text: str = "") -> None:
        """Tell a person what is being done."""
        self.workspace.console.say(text)

    def answer(self, text: str = "") -> None:
        """Tell a person what was asked for."""
        self.workspace.console.answer(text)

    def tell(self, event: Any) -> None:
        """Tell each step that CloudFormation takes; of a quiet command, those that failed."""
        failed = "FAILED" in event.status
        if failed or not self.workspace.console.quiet:
            reason = f": {event.reason}" if event.reason and failed else ""
            click.echo(f"  {event.status.lower():28} {event.resource}{reason}", err=True)


def _open(folder: Path, stage: str, name: str, as_json: bool) -> _Site:
    return _Site(open_workspace(folder, as_json=as_json), stage, name)


def _answer(work: Callable[[], int], as_json: bool) -> int:
    from generator.adapters.console import Console
    from generator.publish.store import StoreError

    try:
        return work()
    except StoreError as error:
        problem = Problem(path="infra", code="stack", message=error.message, hint=error.hint)
        console = Console(as_json=as_json)
        console.problems([problem])
        console.data({"error": error.message, "hint": error.hint})
        return NOT_PUBLISHED


def _propose(site: _Site, given: tuple[str, ...], role: str, *, send: bool) -> Any:
    from generator.adapters.aws import cloudformation
    from generator.adapters.aws.lambda_package import package

    own = site.workspace.root / "infra" / "site.yaml"
    packaged = package(own if own.is_file() else SHIPPED)
    config = site.workspace.config
    found = site.stack.describe()
    is_new = found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS"
    before = (
        None
        if found is None or is_new
        else frozenset(one["ParameterKey"] for one in found.get("Parameters", ()))
    )
    owner = config.author.email if config.author else ""
    declared = packaged.template["Parameters"]
    settings = with_policy(declared, config.infra, further_sources(config))
    wanted, kept = parameters_for(declared, settings, given, site.stage, owner, before)
    bucket = cloudformation.code_bucket(site.account)
    if send:
        cloudformation.upload(site.account, bucket, packaged.codes)
    tags = {"tidepost": site.stage}
    made = site.stack.propose(packaged.body(bucket), wanted, kept, tags, role)
    if made is not None:
        parameters = {name: each.get("Default", "") for name, each in declared.items()} | {
            one["ParameterKey"]: one.get("ParameterValue", "")
            for one in (found or {}).get("Parameters", ())
        }
        site.prices = StackPrices(packaged.template, parameters | wanted)
    return made


def _show(site: _Site, change_set: Any) -> None:
    signs = {"Add": "+", "Modify": "~", "Remove": "-"}
    site.answer(f"Stack {site.stack.name} in {site.stack.region}, stage {site.stage}:")
    priced = [(change, site.prices.of(change) if site.prices else None) for change in
              change_set.changes]  # fmt: skip
    for change, monthly in priced:
        more = f" ({', '.join(change.properties)})" if change.properties else ""
        new = {"yes": " IS REPLACED", "perhaps": " may be replaced"}.get(change.replaced, "")
        site.answer(f"  {signs.get(change.action, '?')} {change.name}  {change.kind}{more}{new}")
        if monthly is None or monthly != FREE:
            site.answer(f"      {monthly.words if monthly else 'its price is not known here'}")
    sums = {
        action: total(
            (change.kind, monthly)
            for change, monthly in priced
            if change.action == action and monthly is not None
        )
        for action in ("Add", "Remove")
    }
    for line in in_all(sums, site.stack.region, is_new=change_set.stack_is_new):
        site.answer(line)
    site.workspace.console.data(
        {
            "stack": site.stack.name,
            "new": change_set.stack_is_new,
            "changes": [
                {**msgspec.to_builtins(change), "monthly": price_as_data(monthly)}
                for change, monthly in priced
            ],
            "monthly": {
                "added": sums["Add"].fixed,
                "free": sums["Add"].spared,
                "removed": sums["Remove"].fixed,
                "currency": "USD",
                "region": REGION,
                "read": READ,
            },
        }
    )


def _plan(site: _Site, given: tuple[str, ...], role: str) -> int:
    change_set = _propose(site, given, role, send=False)
    if change_set is None:
        site.answer(f"Nothing would change in the stack {site.stack.name}.")
        site.workspace.console.data({"stack": site.stack.name, "new": False, "changes": []})
        return 0
    _show(site, change_set)
    site.stack.discard(change_set)
    return 0


def _at_risk(changes: Sequence[Change]) -> list[str]:
    """Name what holds data and would be another, empty one, or gone, after these changes."""
    words = {"yes": "is replaced", "perhaps": "may be replaced"}
    return [
        f"{change.name} {'is removed' if change.action == 'Remove' else words[change.replaced]}"
        for change in changes
        if change.kind in _HOLD_DATA and (change.replaced or change.action == "Remove")
    ]


def _apply(site: _Site, given: tuple[str, ...], role: str, *, yes: bool, replace_data: bool) -> int:
    from generator.adapters.aws import cloudformation
    from generator.adapters.aws.cloudfront import CloudFront
    from generator.publish.store import StoreError

    before = site.stack.outputs()
    code = cloudformation.live_function(site.account, before.get("EdgeFunctionName", ""))
    change_set = _propose(site, given, role, send=True)
    if change_set is None:
        site.say(f"Nothing changes in the stack {site.stack.name}.")
        return _outputs(site)
    _show(site, change_set)
    if at_risk := _at_risk(change_set.changes):
        told = f"what the stack holds is not carried over: {', '.join(at_risk)}"
        if yes and not replace_data:
            site.stack.discard(change_set)
            raise StoreError(
                told,
                "nothing was changed; `infra destroy` without --delete-data writes counts and "
                "messages to a folder, then apply with --yes --replace-data, or without --yes",
            )
        site.say(f"Look out: {told}.")
    if not yes and not click.confirm("Do this?", default=False, err=True):
        site.stack.discard(change_set)
        site.say("Nothing was changed.")
        return NOT_PUBLISHED
    shown: set[tuple[str, str, str]] = set()
    site.stack.execute(change_set, site.tell, lambda: _wait(site, shown))
    after = site.stack.outputs()
    function = after.get("EdgeFunctionName", "")
    # A change to the function's settings puts the template's code back in place of what publishing
    # put there.
    if code and cloudformation.live_function(site.account, function) != code:
        client = site.account.client("cloudfront")
        CloudFront(client, after["DistributionId"], function).publish_function(code)
        site.say("The edge function has the code of the last release again.")
    return _outputs(site)


def _wait(site: _Site, shown: set[tuple[str, str, str]]) -> None:
    """Tell which records a certificate waits for, once each."""
    from generator.adapters.aws.cloudformation import validation_records

    certificate = "" if _zone(site) else site.stack.resources().get("Certificate", "")
    if not certificate.startswith("arn:"):
        return
    records = [one for one in validation_records(site.account, certificate) if one not in shown]
    if records:
        shown.update(records)
        click.echo("The certificate waits until your DNS has these records:", err=True)
        for record in records:
            click.echo(f"  {_line(record)}", err=True)


def _zone(site: _Site) -> str:
    found = site.stack.describe() or {}
    values = {one["ParameterKey"]: one.get("ParameterValue") for one in found.get("Parameters", ())}
    return str(values.get("HostedZoneId") or "")


def _outputs(site: _Site) -> int:
    from generator.adapters.aws.cloudformation import signing_record
    from generator.publish.store import StoreError

    found = site.stack.outputs()
    if not found:
        raise StoreError(
            f"there is no stack `{site.stack.name}` in {site.stack.region}",
            "`publish.py infra apply` makes it",
        )
    records = manual_records(found, has_zone=bool(_zone(site)))
    signed = found.get("SigningZoneId", "")
    ds = signing_record(site.account, signed) if signed else ""
    width = max(len(name) for name in found)
    for name in sorted(found):
        site.answer(f"{name:{width}}  {found[name]}")
    if records:
        site.answer("\nDNS records to make by hand:")
        for record in records:
            site.answer(f"  {_line(record)}")
        site.answer("(ALIAS: also called ANAME or flattened CNAME; a plain CNAME for a subdomain.)")
    if ds:
        site.answer(f"\nDS record for the registrar: {ds}")
    if site.workspace.config.publish.stack != site.stack.name and site.stage == "prod":
        site.answer(f"\nWrite `stack: {site.stack.name}` under `publish:` in site.yaml.")
    site.workspace.console.data(
        {
            "stack": site.stack.name,
            "outputs": found,
            "dns": [list(one) for one in records],
            "ds": ds,
        }
    )
    return 0


def _line(record: tuple[str, str, str]) -> str:
    name, kind, value = record
    return f"{name}  {kind}  {value}"


def _destroy(site: _Site, target: Path | None, *, delete_data: bool, yes: bool) -> int:
    from generator.adapters.aws import stack_backup
    from generator.publish.store import StoreError

    if site.stack.describe() is None:
        raise StoreError(f"there is no stack `{site.stack.name}` in {site.stack.region}")
    resources = site.stack.resources()
    bucket = resources.get("Bucket", "")
    tables = [resources[name] for name in ("CountsTable", "MessagesTable") if name in resources]
    folder = target or site.workspace.root / "infra-export" / _stamp(site.workspace.now)
    exported = _export(site, folder)
    if not delete_data:
        raise StoreError(
            f"the stack holds {exported} and the bucket {bucket or '(none)'}",
            f"they are written to {folder}; --delete-data takes the stack with all of that away",
        )
    if not yes:
        answer = click.prompt(
            f"This deletes {site.stack.name} with {exported} for ever. Type its name", err=True
        )
        if answer != site.stack.name:
            site.say("Nothing was deleted.")
            return NOT_PUBLISHED
    stack_backup.unprotect(site.account, tables)
    site.stack.delete(site.tell)
    stack_backup.delete_data(site.account, bucket, tables)
    site.say(f"The stack {site.stack.name} is gone; counts and messages are in {folder}.")
    site.workspace.console.data({"stack": site.stack.name, "export": str(folder)})
    return 0


def _export(site: _Site, folder: Path) -> str:
    from generator.adapters.aws.stack_backup import export_table

    told = []
    resources = site.stack.resources()
    for resource, name in (("CountsTable", "counts"), ("MessagesTable", "messages")):
        if table := resources.get(resource):
            count = export_table(site.account, table, folder / f"{name}.jsonl")
            told.append(f"{count} items of {name}")
    return " and ".join(told) or "no tables"


def _restore(site: _Site, source: Path) -> int:
    from generator.adapters.aws.stack_backup import import_table
    from generator.publish.store import StoreError

    resources = site.stack.resources()
    for resource, name in (("CountsTable", "counts"), ("MessagesTable", "messages")):
        file = source / f"{name}.jsonl"
        if not file.is_file():
            continue
        table = resources.get(resource)
        if not table:
            raise StoreError(f"the stack `{site.stack.name}` has no {resource}")
        new, there = import_table(site.account, table, file)
        site.say(f"{name}: {new} items put in, {there} were there already.")
    return 0


def _stamp(now: datetime) -> str:
    return f"{now:%Y-%m-%d-%H%M%S}"
