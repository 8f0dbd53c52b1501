"""Which commands there are, how they are found, and with which code they end."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from generator import __version__
from generator.adapters.console import QUIET, wants_colour
from generator.core.problems import SiteError, did_you_mean

DONE, PROBLEMS, USAGE, NOT_PUBLISHED, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: done; errors in the site, or a check that found some; a command that is not
understood; the place that should be published to refused, failed or was busy; Ctrl-C."""

COMMANDS = {
    "publish": ("publish", "Build, check and publish the site (the default)."),
    "build": ("build", "Build and check the site into _site/."),
    "check": ("build", "Find every error; write nothing."),
    "plan": ("publish", "Show what publishing would do, and why."),
    "serve": ("serve", "Show the site on this machine, and follow changes."),
    "new": ("new", "Start a post, a page or a site."),
    "rename": ("documents", "Rename a post or a page; its old address goes on working."),
    "list": ("documents", "List posts and pages, drafts and what is to come."),
    "import": ("import_", "Bring a site here from another program."),
    "releases": ("releases", "List the releases that rollback can restore."),
    "rollback": ("releases", "Go back to an earlier release."),
    "previews": ("releases", "List or remove previews."),
    "gc": ("releases", "Delete what no release needs any more."),
    "doctor": ("publish", "Find out what publishing still lacks."),
    "stats": ("visitors", "Show how often pages were viewed."),
    "messages": ("messages", "Read the messages of the contact form."),
    "smoke": ("visitors", "Try counter and contact form of a stage."),
    "setup": ("upgrade", "Install what Tidepost needs, once."),
    "upgrade": ("upgrade", "Take a newer Tidepost; what is yours stays."),
    "infra": ("infra", "Make or change the site's stack on AWS."),
    "completion": ("help", "Print what makes a shell complete commands."),
    "help": ("help", "Say what a command does."),
}
"""Command -> (module of generator.cli, what it does). A module is imported when it is used."""

COMPLETE = "_TIDEPOST_COMPLETE"
"""The variable by which a shell asks for completions (click's documentation, "Shell
Completion")."""

_BRIEF = ("build", "check")
"""Commands that are over before a search for cycles would pay; the whole build in them decides for
itself."""

_FLAGS = ("-h", "--help", "--version")
"""What stands before a command; any other option is one of `publish`."""


class CommandGroup(click.Group):
    """Commands below a command: each can be quiet, and a mistyped one gets a
    suggestion."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments begin with. Raises UsageError."""
        known = self.list_commands(ctx)
        if args[0] not in known and not args[0].startswith("-") and not ctx.resilient_parsing:
            hint = did_you_mean(args[0].lower(), known)
            hint = hint[:1].upper() + hint[1:] or f"There are: {', '.join(known)}."
            raise click.UsageError(f"There is no command `{args[0]}`. {hint}", ctx)
        name, command, rest = super().resolve_command(ctx, args)
        return name, with_quiet(command) if command else None, rest


class _Commands(CommandGroup):
    """Finds commands without importing them all; without one, it is `publish`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = next((each for each in args if each not in ("-q", "--quiet")), "")
        asked = ctx.resilient_parsing  # a shell asks what may come next
        if (not first and not asked) or (first.startswith("-") and first not in _FLAGS):
            args = ["publish", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in _BRIEF:
            gc.enable()
        module = importlib.import_module(f"generator.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_")
        return with_quiet(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command without importing any, and the options of `publish`."""
        if ctx._protected_args:  # no command that there is
            return []
        if not incomplete.startswith("-"):
            return [
                CompletionItem(name, help=about)
                for name, (_, about) in COMMANDS.items()
                if name.startswith(incomplete)
            ]
        publish = self.get_command(ctx, "publish")
        assert publish is not None
        inner = click.Context(publish, parent=ctx, resilient_parsing=True)
        own = [item for item in super().shell_complete(ctx, incomplete) if item.value in _FLAGS]
        return [*own, *publish.shell_complete(inner, incomplete)]


def with_quiet(command: click.Command) -> click.Command:
    """Add `-q` to a command that lacks it."""
    if not any(each.name == "quiet" for each in command.params):
        command.params.append(
            click.Option(
                ["-q", "--quiet"],
                is_flag=True,
                expose_value=False,
                callback=_be_quiet,
                help="Say only what was asked for and what is wrong.",
            )
        )
    return command


def _be_quiet(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[QUIET] = True


_FORMER_OPTIONS = {"no-memo": "no-cache", "despite-mistakes": "despite-errors"}
"""Options that were renamed; scripts that have the old name go on working."""


@click.group(
    cls=_Commands,
    context_settings={
        "token_normalize_func": lambda name: _FORMER_OPTIONS.get(name, name),
        "help_option_names": ["-h", "--help"],
    },
)
@click.version_option(__version__, prog_name="Tidepost")
@click.option("-q", "--quiet", is_flag=True, expose_value=False, callback=_be_quiet, hidden=True)
def cli() -> None:
    """Markdown posts in, a checked and published site out.

    Without a command: build, check and publish. `help COMMAND` or COMMAND -h says what one does;
    with -q a command says only what was asked for and what is wrong.
    Exit codes: 0 done, 1 errors found, 2 not understood, 3 not published, 130 interrupted.
    """


def called() -> str:
    """Return how the program was called: as the command that an installation gives, or by file."""
    name = os.path.basename(sys.argv[0]).partition(".")[0]  # noqa: PTH119 (pathlib takes long)
    return "tidepost" if name == "tidepost" or COMPLETE in os.environ else "publish.py"


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line and return its exit code."""
    try:
        result = cli.main(
            list(arguments),
            prog_name=called(),
            complete_var=COMPLETE,
            standalone_mode=False,
            color=wants_colour(),
        )
    except SiteError as error:
        from generator.adapters.console import Console

        Console().problems(error.problems)
        return PROBLEMS
    except click.ClickException as error:
        if COMPLETE not in os.environ:  # pressing a key is no place for errors
            error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        cause = error.__cause__ if isinstance(error, click.Abort) else error
        how_far = str(cause) if isinstance(cause, KeyboardInterrupt) else ""
        click.echo(f"Interrupted: {how_far}." if how_far else "Interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has heard enough; keep Python from complaining at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:  # a folder that may not be written to, a full disk
        from generator.adapters.files.os_errors import way_out

        place = f"{str(error.filename).rstrip('/')}: " if error.filename else ""
        click.echo(f"{place}{error.strerror or error}", err=True)
        if hint := way_out(error):
            click.echo(f"    {hint}", err=True)
        return PROBLEMS
    return result if isinstance(result, int) else DONE
