"""Showing figures: report, budgets, serve."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from admetrics.app.budgets import LEVELS
from admetrics.bootstrap import open_reader
from admetrics.domain.events.integers import LARGEST
from admetrics.domain.reporting.axis import AXES, Axis
from admetrics.domain.reporting.budgets import Level
from admetrics.domain.times import Period
from admetrics.interfaces.cli.budget_views import budget_values, print_budgets
from admetrics.interfaces.cli.options import Context, File, common, period
from admetrics.interfaces.cli.report_views import as_values, print_tables
from admetrics.interfaces.cli.stopping import stop_on_signals
from admetrics.interfaces.pages import open_live_page, write_page

_LEVELS = {level.value: level for level in Level}


class _Zone(click.ParamType[ZoneInfo]):
    """A time zone of the IANA database, e.g. Asia/Ho_Chi_Minh."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        """Find the zone, or refuse its name as wrong usage."""
        try:
            return ZoneInfo(str(value))
        except (ZoneInfoNotFoundError, ValueError, OSError):  # the name of a folder of zones is an OSError
            self.fail(f"{value!r} is not a time zone: write e.g. UTC, Europe/Berlin or Asia/Ho_Chi_Minh", param, ctx)


@click.command()
@click.option("--out", type=File(), help="Write a page of HTML that needs no network.")
@click.option(
    "--by", type=click.Choice(list(map(str, AXES))), default="company", help="Whose figures the table compares."
)
@click.option("--timezone", "zone", type=_Zone(), default="UTC", help="Time zone in which days are grouped.")
@period()
@common
def report(context: Context, period: Period | None, out: Path | None, by: str, zone: ZoneInfo) -> None:
    """Show the figures of a period beside those of the period before [default: the last seven days with figures]."""
    with open_reader(context.settings) as reader:
        figures = reader.report(period=period, by=Axis(by), zone=zone)
    if out is not None:
        write_page(figures, out)
    if context.as_json:
        click.echo(json.dumps(as_values(figures)))
    elif out is not None:
        click.echo(f"report: {click.format_filename(out.resolve())}")
    else:
        print_tables(figures)


@click.command()
@click.option("--campaign", type=click.IntRange(1, LARGEST), help="Only this campaign, with its groups and jobs.")
@click.option("--level", type=click.Choice(list(_LEVELS)), help="Only budgets of this level [default: all].")
@common
def budgets(context: Context, campaign: int | None, level: str | None) -> None:
    """Show how much of each budget is spent to date, and whether that is on pace."""
    levels = LEVELS if level is None else (_LEVELS[level],)
    with open_reader(context.settings) as reader:
        uses = reader.budgets(levels=levels, where={} if campaign is None else {Axis.CAMPAIGN: campaign})
    if context.as_json:
        click.echo(json.dumps({"budgets": [budget_values(use) for use in uses]}))
    else:
        print_budgets(uses)


@click.command()
@click.option("--host", default="127.0.0.1", help="Address to listen on; everyone who reaches it sees the figures.")
@click.option("--port", type=click.IntRange(0, 65535), default=8050, help="Port to listen on; 0: any that is free.")
@click.option("--timezone", "zone", type=_Zone(), default="UTC", help="Time zone in which days are grouped.")
@common
def serve(context: Context, host: str, port: int, zone: ZoneInfo) -> None:
    """Show the figures as a page that refreshes itself, also beside a running pipeline; Ctrl-C or SIGTERM ends it."""
    with (
        open_reader(context.settings) as reader,
        stop_on_signals() as stopped,
        open_live_page(reader, host=host, port=port, zone=zone) as url,
    ):
        context.print({"url": url}, f"live page: {url} (Ctrl-C ends it)")
        stopped.wait()


COMMANDS = (report, budgets, serve)
