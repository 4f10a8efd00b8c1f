"""The group of all commands, and what becomes of errors."""

import signal
import sys
import traceback
from importlib.metadata import version

import click

from admetrics.domain.errors import AdmetricsError, IncompatibleError
from admetrics.interfaces.cli import data, demo, manage, show, stages
from admetrics.interfaces.cli.stopping import StoppedError, code_of, ended_by_signals
from admetrics.interfaces.cli.terminal import on_one_line

FAILED = 1
_WRONG_USAGE = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(version("admetrics"), "--version", prog_name="admetrics")
@click.pass_context
def admetrics(ctx: click.Context) -> None:
    """Near-real-time performance figures for job advertising.

    With no configuration everything runs embedded under ./admetrics-data/. Shell completion:
    `eval "$(_ADMETRICS_COMPLETE=bash_source admetrics)"` (or zsh_source, fish_source).
    """
    ctx.ensure_object(dict)


for command in (*demo.COMMANDS, *data.COMMANDS, *stages.COMMANDS, *manage.COMMANDS, *show.COMMANDS):
    admetrics.add_command(command)


def main() -> None:
    """Run the command line; errors of the product are one clean line.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 reconcile found differences, 130 and so on ended by a signal.
    """
    with ended_by_signals():
        _main()


def _main() -> None:
    state: dict[str, bool] = {}
    try:
        sys.exit(admetrics.main(standalone_mode=False, obj=state))  # None, or the code of click's own `Exit`
    except click.UsageError as wrong:
        wrong.show()
        sys.exit(_WRONG_USAGE)
    except click.ClickException as wrong:
        click.echo(f"Error: {on_one_line(wrong.format_message())}", err=True)
        sys.exit(FAILED)
    except StoppedError as stopped:
        click.echo("stopped", err=True)
        sys.exit(stopped.code)
    except click.Abort:  # a prompt was left
        click.echo("stopped", err=True)
        sys.exit(code_of(signal.SIGINT))
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away: not worth a line
        sys.exit(FAILED)
    except OSError as error:  # all others are the product's own errors by now
        click.echo(f"admetrics: cannot write the output: {error.strerror}", err=True)
        sys.exit(FAILED)
    except AdmetricsError as error:
        if state.get("debug"):
            traceback.print_exc()
        click.echo(f"admetrics: {on_one_line(str(error))}", err=True)
        sys.exit(_WRONG_USAGE if isinstance(error, IncompatibleError) else FAILED)
