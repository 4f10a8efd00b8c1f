"""Looking after the pipeline: init, dims, rebuild, reconcile, dead-letters, config, doctor."""

import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path

import attrs
import click

from admetrics.app.contents import Content
from admetrics.app.prune import LEAST_AGE
from admetrics.app.reconcile import Difference
from admetrics.bootstrap import Check, check_parts, open_pipeline, open_source, read_dimensions
from admetrics.domain.dimension_tables import DateOrder
from admetrics.domain.events.dead_letter import DeadLetter, ReasonSummary
from admetrics.domain.events.rejection import Reason
from admetrics.domain.rules.currency import unreadable_note
from admetrics.domain.times import Period
from admetrics.interfaces.cli.options import Context, Duration, FileOrUrl, Visitor, common, period
from admetrics.interfaces.cli.stages import share_done
from admetrics.interfaces.cli.terminal import on_one_line

_DIFFERENCES_FOUND = 3


@click.command()
@common
def init(context: Context) -> None:
    """Create whatever is missing: tables, keyspaces, topics. Harmless when all is there."""
    with open_pipeline(context.settings), open_source(context.settings):
        context.print({"ready": True}, "everything is there")


@click.group()
def dims() -> None:
    """Dimension tables: what the ids stand for."""


@dims.command("import")
@click.argument("sources", nargs=-1, required=True, type=FileOrUrl(), metavar="FILE|DIR|URL ...")
@click.option("--tables", default="", metavar="NAMES", help="Tables of a URL, with commas: job,campaign=our_campaigns.")
@click.option(
    "--date-format", type=click.Choice(["ymd", "dmy", "mdy"]), help="Order of dates [default: ISO 8601 alone]."
)
@common
def import_(context: Context, sources: tuple[str | Path, ...], tables: str, date_format: DateOrder | None) -> None:
    """Import job.csv, campaign.csv, group.csv, company.csv, master_publisher.csv, a folder of them, or SQL tables."""
    names = [name.strip() for name in tables.split(",") if name.strip()]
    if bool(names) != any(isinstance(source, str) for source in sources):
        raise click.UsageError("--tables names the tables of a URL: give both, e.g. mysql+pymysql://... --tables job")
    told: list[str] = []
    dimensions = read_dimensions(sources, tables=names, date_order=date_format, tell=told.append)
    with open_pipeline(context.settings) as pipeline:
        figures = pipeline.import_dimensions(dimensions)
    if figures.unreadable_currencies:
        told.append(f"currencies {unreadable_note(figures.unreadable_currencies)}")
    summary = f"{figures.rows} rows imported, {figures.dirty} hours to roll up again"
    context.print({**attrs.asdict(figures), "told": told}, "\n".join([summary, *told]))


@click.command()
@click.option("--new-lake", is_flag=True, help="Take the figures from this lake, though they came from another one.")
@period(required=True)
@common
def rebuild(context: Context, period: Period, new_lake: bool) -> None:
    """Compute and publish every row of a period again; the next roll-up does the work."""
    with open_pipeline(context.settings, may_create=False) as pipeline:
        figures = pipeline.rebuild(period, new_lake=new_lake)
    context.print(attrs.asdict(figures), f"{figures.hours} hours will be rolled up again")


@click.command()
@click.option("--repair", is_flag=True, help="Have the hours that differ rolled up again.")
@period(required=True)
@common
def reconcile(context: Context, period: Period, repair: bool) -> None:
    """Compare the warehouse with the lake; exit code 3 if they differ."""
    with open_pipeline(context.settings, may_create=False) as pipeline:
        figures = pipeline.reconcile(period, repair=repair)
    summary = {
        "hours": figures.hours,
        "cells": figures.cells,
        "different": len(figures.differences),
        "pending": figures.pending,
        "repaired": figures.repaired,
        "days": [f"{day:%Y-%m-%d}" for day in figures.days],
        "differences": [_plain(difference) for difference in figures.differences],
    }
    sentence = (
        f"{figures.hours} hours, {figures.cells} cells compared: {len(figures.differences)} differ, "
        f"{figures.pending} pending, {figures.repaired} hours to be fixed"
    )
    days = [f"the sums of {day:%Y-%m-%d} are not those of its rows" for day in figures.days]
    context.print(summary, "\n".join([sentence, *map(_sentence, figures.differences), *days]))
    if figures:
        raise click.exceptions.Exit(_DIFFERENCES_FOUND)


def _key(difference: Difference) -> dict[str, object]:
    cell = difference.cell
    return {**attrs.asdict(cell), "hour": f"{cell.hour:%Y-%m-%dT%H:%M:%SZ}"}


def _content(content: Content) -> dict[str, object]:
    return {**attrs.asdict(content.measures), "company": content.company}


def _plain(difference: Difference) -> dict[str, object]:
    contents = {"expected": _content(difference.expected), "found": _content(difference.found)}
    return {**_key(difference), **contents, "columns": list(difference.columns)}


def _sentence(difference: Difference) -> str:
    expected, found = _content(difference.expected), _content(difference.found)
    differing = [name for name in expected if expected[name] != found[name]]
    wrong = ", ".join(
        [
            *(f"{name} {found[name]} instead of {expected[name]}" for name in differing),
            *(f"{name} is wrong" for name in difference.columns if name not in differing),
        ]
    )
    return " ".join(f"{name}={value}" for name, value in _key(difference).items()) + f": {wrong}"


@click.group("dead-letters")
def dead_letters() -> None:
    """Records and messages that could not be used."""


def _letter(letter: DeadLetter) -> dict[str, object]:
    return {
        "id": letter.id,
        "source": letter.source,
        "line": letter.line,
        "reason": letter.rejection.reason.value,
        "detail": letter.rejection.detail,
        "seen": f"{letter.seen:%Y-%m-%dT%H:%M:%SZ}",
        "bytes": len(letter.data),
    }


@dead_letters.command("list")
@click.option("--reason", type=click.Choice([each.value for each in Reason]), help="Those of one reason.")
@click.option("--limit", type=click.IntRange(1), help="So many at the most.")
@click.option("--summary", is_flag=True, help="How many there are of each reason, and since when.")
@common
def list_(context: Context, reason: str | None, limit: int | None, summary: bool) -> None:
    """List dead letters, without what the records hold."""
    chosen = Reason(reason) if reason else None
    with open_pipeline(context.settings, may_create=False) as pipeline:
        if summary:
            _summarize(context, pipeline.dead_letters.summary(), chosen)
            return
        for letter in islice(pipeline.dead_letters.all(reason=chosen), limit):
            plain = _letter(letter)
            context.print(plain, on_one_line("{id}  {source}:{line}  {reason}: {detail}".format(**plain)))


def _summarize(context: Context, summary: Mapping[Reason, ReasonSummary], chosen: Reason | None) -> None:
    """Print the reasons, most letters first."""
    for reason, found in sorted(summary.items(), key=lambda each: (-each[1].letters, each[0].value)):
        if chosen in (None, reason):
            plain: dict[str, object] = {
                "reason": reason.value,
                "letters": found.letters,
                "oldest": f"{found.oldest:%Y-%m-%dT%H:%M:%SZ}",
                "newest": f"{found.newest:%Y-%m-%dT%H:%M:%SZ}",
            }
            context.print(plain, "{letters:>9}  {reason:<17}  first seen {oldest} to {newest}".format(**plain))


@dead_letters.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID ...")
@click.option("--reveal", is_flag=True, help="Show the record itself: it may hold personal data.")
@common
def show(context: Context, ids: tuple[str, ...], reveal: bool) -> None:
    """Show dead letters; what the record holds stays hidden unless asked for."""
    with open_pipeline(context.settings, may_create=False) as pipeline:
        missing = set(ids)
        for letter in pipeline.dead_letters.get(ids):
            missing.discard(letter.id)
            data = letter.data.decode("utf-8", "backslashreplace") if reveal else "(hidden: --reveal shows it)"
            plain = {**_letter(letter), "data": data}
            context.print(plain, "\n".join(f"{name:>8}: {on_one_line(str(value))}" for name, value in plain.items()))
    if missing:
        raise click.ClickException(f"no dead letter has the id {', '.join(sorted(missing))}: see `dead-letters list`")


@dead_letters.command()
@click.argument("ids", nargs=-1, metavar="[ID ...]")
@common
def replay(context: Context, ids: tuple[str, ...]) -> None:
    """Give dead letters (all, unless some are named) another chance."""
    with open_pipeline(context.settings, may_create=False) as pipeline:
        letters = pipeline.dead_letters.get(ids) if ids else pipeline.dead_letters.all()
        figures = pipeline.replay(letters)
    context.print(
        attrs.asdict(figures),
        f"{figures.read} dead letters read: {figures.accepted} accepted now, {figures.still_dead} still dead",
    )


@click.command()
@click.option("--older-than", type=Duration(), default="90d", help=f"The age, at least {LEAST_AGE.days}d.")
@common
def prune(context: Context, older_than: timedelta) -> None:
    """Forget dead letters and rows of nothing but zeros that are older than an age."""
    with open_pipeline(context.settings, may_create=False) as pipeline:
        figures = pipeline.prune(older_than)
    context.print(attrs.asdict(figures), f"{figures.dead_letters} dead letters and {figures.rows} zero rows forgotten")


def _visitors(named: Sequence[str]) -> list[str]:
    """Return the visitors that are named, those on standard input included."""
    try:
        lines = sys.stdin.read().splitlines() if "-" in named else []
    except UnicodeDecodeError:
        raise click.UsageError("the visitors on standard input are not UTF-8, so no record can name them") from None
    visitors = [each for each in (*named, *lines) if each not in ("-", "")]
    if not visitors:
        raise click.UsageError("nobody is named: --uid UID, or --uid - and one a line on standard input")
    return visitors


@click.command()
@click.option(
    "--uid",
    "named",
    type=Visitor(),
    multiple=True,
    required=True,
    metavar="UID",
    help="The visitor; - reads standard input.",
)
@click.option("--merge", is_flag=True, help="Go on though figures may change: uid_key was set after they were stored.")
@common
def erase(context: Context, named: tuple[str, ...], merge: bool) -> None:
    """Erase visitors from the lake and the dead letters; the figures stay. Do it again if it was interrupted."""
    visitors = _visitors(named)
    with open_pipeline(context.settings, may_create=False) as pipeline, share_done("erase") as on_progress:
        figures = pipeline.erase(visitors, merge=merge, on_progress=on_progress)
    context.print(
        attrs.asdict(figures),
        f"{figures.visitors} visitors erased: {figures.events} events changed, "
        f"{figures.dead_letters} dead letters removed",
    )


@click.command("key-events")
@common
def key_events(context: Context) -> None:
    """Put what the lake holds under uid_key now, not with the next records. Do it again if it was interrupted."""
    with open_pipeline(context.settings, may_create=False) as pipeline, share_done("key-events") as on_progress:
        pipeline.key_events(on_progress=on_progress)
    context.print({"keyed": True}, "all events of the lake are under uid_key")


@click.command()
@common
def config(context: Context) -> None:
    """Show every setting that applies and where it was set; what may be secret is hidden."""
    texts, origins = context.configuration.texts(), context.configuration.origins
    rows = [{"setting": name, "value": value, "origin": origins.get(name, "default")} for name, value in texts.items()]
    if context.as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo("{setting:<18} {value}  ({origin})".format(**{key: on_one_line(text) for key, text in row.items()}))


def _origins(context: Context) -> Check:
    """Tell which settings were set where: the first thing to look at where a command does not find what another did."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name, origin in context.configuration.origins.items():
        names[origin].append(name)
    found = "; ".join(f"{origin} sets {', '.join(some)}" for origin, some in names.items())
    return Check("settings", ok=True, detail=found or f"all defaults, from folder {Path.cwd()}")


@click.command()
@common
def doctor(context: Context) -> None:
    """Say what is configured, whether it is reachable, and whether it is behind; exit code 1 if a part fails."""
    checks = [_origins(context), *check_parts(context.settings)]
    if context.as_json:
        click.echo(json.dumps([attrs.asdict(check) for check in checks]))
    else:
        for check in checks:
            click.echo(f"{'ok  ' if check.ok else 'FAIL'}  {check.part:<12} {on_one_line(check.detail)}")
    if not all(check.ok for check in checks):
        raise click.exceptions.Exit(1)


COMMANDS = (init, dims, rebuild, reconcile, dead_letters, prune, erase, key_events, config, doctor)
