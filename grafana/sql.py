"""The queries of the panels, in the SQL of MySQL and MariaDB, with Grafana's macros and variables.

All figures are those of table `events`, added up by ids first and given names and currencies after that: a year has
millions of rows, and few publishers. Where hours are not told apart, days that are over are read from their sums,
which are fewer (`admetrics.adapters.sql.days`). Sums are doubles, which servers add up twice as fast as integers, and
exactly up to 2^53. Amounts are grouped by currency everywhere. Where all sums that a panel needs are 0, it shows
nothing.
"""

from collections.abc import Sequence
from textwrap import indent
from typing import Final

import attrs

from admetrics.domain.metrics import catalog
from admetrics.domain.rules.currency import label_sql
from admetrics.domain.rules.currency import order_sql as in_order_sql
from admetrics.domain.rules.ranking import comparable_sql, order_sql, shown_sql
from grafana.figures import CLICKS, COUNTS, MONEY, RANKED, RATES, SPEND, Figure

_COLUMNS: Final = {
    **{measure.name: measure.column for measure in catalog.MEASURES},
    catalog.INVALID_CLICKS.name: f"({catalog.CLICKS.column} - {catalog.VALID_CLICKS.column})",
}

CODE: Final = label_sql("p.currency", "f.publisher_id")
_CODES_IN_ORDER: Final = in_order_sql("s.code")
_SHOWN: Final = 10
"""How many rows the best and the worst have, in each currency."""


def chosen(name: str, column: str) -> str:
    """Write the condition of a variable whose values are ids: -1 stands for all; 0 for none, which may be NULL.

    The optimizer drops what is constant, so that a choice can use an index.
    """
    variable = f"${{{name}:sqlstring}}"
    unknown = f" OR (0 IN ({variable}) AND {column} IS NULL)" if column == "company_id" else ""
    return f"(-1 IN ({variable}) OR {column} IN ({variable}){unknown})"


CURRENCY_CHOSEN: Final = """
(-1 IN (${currency:sqlstring})
    OR publisher_id IN (SELECT id FROM master_publisher WHERE HEX(UPPER(TRIM(currency))) IN (${currency:sqlstring}))
    OR (0 IN (${currency:sqlstring})
        AND publisher_id NOT IN (SELECT id FROM master_publisher WHERE TRIM(currency) <> '')))
""".strip()
"""The condition of variable `currency`, whose values are codes in hexadecimal digits: a code is user text."""


@attrs.frozen
class Span:
    """A period, in expressions of SQL.

    Args:
        start: the first moment.
        end: the moment after the last one.
    """

    start: str
    end: str

    @property
    def hours(self) -> str:
        """The condition that an hour lies in the period."""
        return f"event_hour >= {self.start} AND event_hour < {self.end}"

    @property
    def days(self) -> str:
        """The condition that some of a day lies in the period."""
        return f"days.dates > {self.start} - INTERVAL 1 DAY AND days.dates < {self.end}"

    @property
    def whole_days(self) -> str:
        """The condition that a day lies in the period from its beginning to its end."""
        return f"days.dates >= {self.start} AND days.dates <= {self.end} - INTERVAL 1 DAY"


NOW: Final = Span("$__timeFrom()", "$__timeTo()")
BEFORE: Final = Span("$__timeFrom() - INTERVAL ($__unixEpochTo() - $__unixEpochFrom()) SECOND", "$__timeFrom()")
"""The period of the same length just before."""


@attrs.frozen
class Key:
    """What rows of a table stand for.

    Args:
        column: of table `events`.
        table: the dimension table.
        name: its column with the name.
        title: what the column with the name is called.
    """

    column: str
    table: str
    name: str
    title: str

    @property
    def label(self) -> str:
        """The name, or what stands in its place; `d` is the dimension table and `s` the sums."""
        none = f"COALESCE(s.{self.column}, 0) = 0"
        return f"COALESCE(d.{self.name}, IF({none}, 'none', CONCAT('{self.title} ', s.{self.column})))"


COMPANY: Final = Key("company_id", "company", "name", "Company")
CAMPAIGN: Final = Key("campaign_id", "campaign", "name", "Campaign")
GROUP: Final = Key("group_id", "`group`", "name", "Group")
PUBLISHER: Final = Key("publisher_id", "master_publisher", "name", "Publisher")
JOB: Final = Key("job_id", "job", "title", "Job")


def _sums_of(figures: Sequence[Figure]) -> Sequence[str]:
    """Return the names of the sums that figures need: each one more takes the server time."""
    needed = {name for figure in figures for name in (figure.part, figure.whole)}
    return [name for name in _COLUMNS if name in needed]


def added_up(
    keys: Sequence[str],
    sums: Sequence[str],
    conditions: Sequence[str],
    *,
    span: Span | None = NOW,
    before: Sequence[str] = (),
    indented: int = 4,
) -> str:
    """Add up events by some columns; a sum of nothing is NULL, or no row if there are keys.

    Where hours are not told apart, days that are summed up are read from their sums, and what is left hour by hour.
    Both parts may have a row for the same keys, unless the day is one of them: then the query around must add up again.

    Args:
        keys: the columns.
        sums: the names of the sums.
        conditions: which events.
        span: the period; None is always.
        before: what else to select, e.g. `1 AS is_now`.
        indented: by how many spaces each line is.
    """
    added = [f"SUM({_COLUMNS[name]} + 0e0) AS {name}" for name in sums]
    if span and "event_hour" in keys:
        return _selected([*before, *keys, *added], "events", [span.hours, *conditions], keys, indented)
    keys = ["days.dates" if key == "dates" else key for key in keys]
    selected = [*before, *keys, *added]
    whole = f"days.is_summed AND {span.whole_days}" if span else "days.is_summed"
    rest = [span.days, span.hours, f"NOT ({whole})"] if span else [f"NOT {whole}"]
    # The optimizer would rather read all hours of the period, and then ask for the day of each.
    by_day = "days JOIN daily_sums ON daily_sums.dates = days.dates"
    by_hour = "days STRAIGHT_JOIN events ON events.dates = days.dates"
    return f"""
{_selected(selected, by_day, [whole, *conditions], keys, indented)}
{" " * indented}UNION ALL
{_selected(selected, by_hour, [*rest, *conditions], keys, indented)}
""".strip("\n")


def _selected(
    columns: Sequence[str], tables: str, conditions: Sequence[str], keys: Sequence[str], indented: int
) -> str:
    lines = [
        f"SELECT {', '.join(columns)}",
        f"FROM {tables}",
        f"WHERE {conditions[0]}",
        *(f"    AND {condition}" for condition in conditions[1:]),
        *([f"GROUP BY {', '.join(keys)}"] if keys else []),
    ]
    return indent("\n".join(lines), " " * indented)


def _not_all_zero(of: str, sums: Sequence[str]) -> str:
    """Write the condition that there is anything to show; sums of counts and of bids are never negative."""
    return f"{' + '.join(f'{of}.{name}' for name in sums)} > 0"


def _by_currency(keys: Sequence[str], sums: Sequence[str], conditions: Sequence[str]) -> str:
    """Add up the events of the period by some columns and the currency: table `s` of the queries below."""
    inner = list(dict.fromkeys([*keys, "publisher_id"]))
    outer = [f"f.{key}" for key in keys]
    added = [f"SUM(f.{name}) AS {name}" for name in sums]
    return f"""(
    SELECT {", ".join([*outer, f"{CODE} AS code", *added])}
    FROM (
{added_up(inner, sums, conditions, indented=8)}
    ) AS f
    LEFT JOIN master_publisher AS p ON p.id = f.publisher_id
    WHERE {_not_all_zero("f", sums)}
    GROUP BY {", ".join([*outer, "code"])}
) AS s"""


def _listed(figures: Sequence[Figure], sums: str = "s.{}") -> str:
    """Write the columns of figures, under their titles."""
    return ",\n".join(f"    {figure.sql(sums)} AS `{figure.title}`" for figure in figures)


def _compared(figures: Sequence[Figure]) -> str:
    """Write the columns of figures and of their changes; a change is NULL if there is nothing to compare with."""
    columns = []
    for figure in figures:
        now, before = figure.sql("s.now_{}"), figure.sql("s.before_{}")
        columns += [
            f"    {now} AS `{figure.title}`",
            f"    ({now}) / NULLIF({before}, 0) - 1 AS `{figure.change}`",
        ]
    return ",\n".join(columns)


def _both_periods(keys: Sequence[str], sums: Sequence[str], conditions: Sequence[str]) -> str:
    now, before = (
        added_up(keys, sums, conditions, span=span, before=[f"{is_now} AS is_now"], indented=8)
        for span, is_now in ((NOW, 1), (BEFORE, 0))
    )
    return f"{now}\n        UNION ALL\n{before}"


def _side_by_side(sums: Sequence[str]) -> str:
    """Write the sums of both periods as columns; they are NULL in a period without events."""
    return ", ".join(
        f"SUM(IF(f.is_now, f.{name}, NULL)) AS now_{name}, SUM(IF(f.is_now, NULL, f.{name})) AS before_{name}"
        for name in sums
    )


def compared(conditions: Sequence[str]) -> str:
    """Return one row: counts, rates, and their changes against the period before."""
    sums = _sums_of((*COUNTS, *RATES))
    return f"""
SELECT
{_compared((*COUNTS, *RATES))}
FROM (
    SELECT {_side_by_side(sums)}
    FROM (
{_both_periods((), sums, conditions)}
    ) AS f
    WHERE {_not_all_zero("f", sums)}
) AS s
""".strip()


def compared_by_currency(conditions: Sequence[str]) -> str:
    """Return a row for each currency in which anything was spent: amounts, and their changes."""
    sums = _sums_of(MONEY)
    return f"""
SELECT
    s.code AS Currency,
{_compared(MONEY)}
FROM (
    SELECT {CODE} AS code, {_side_by_side(sums)}
    FROM (
{_both_periods(["publisher_id"], sums, conditions)}
    ) AS f
    LEFT JOIN master_publisher AS p ON p.id = f.publisher_id
    WHERE {_not_all_zero("f", sums)}
    GROUP BY code
    HAVING SUM({SPEND.sql("f.{}")}) > 0
) AS s
ORDER BY {_CODES_IN_ORDER}
""".strip()


def series(time: str, figures: Sequence[Figure], conditions: Sequence[str], *, of: Sequence[Figure] = ()) -> str:
    """Return a point for each hour or day that has figures without a currency.

    Args:
        time: the column, `event_hour` or `dates`.
        figures: what is shown.
        conditions: which events.
        of: what the figures are parts of: where there is any of it, they are shown even if all are 0.
    """
    sums = _sums_of((*figures, *of))
    return f"""
SELECT
    s.{time} AS time,
{_listed(figures)}
FROM (
{added_up([time], sums, conditions)}
) AS s
WHERE {_not_all_zero("s", sums)}
ORDER BY s.{time}
""".strip()


def series_by_currency(time: str, figures: Sequence[Figure], conditions: Sequence[str]) -> str:
    """Return a point for each hour or day and currency; Grafana makes a series of each currency."""
    return f"""
SELECT
    s.{time} AS time,
    s.code AS metric,
{_listed(figures)}
FROM {_by_currency([time], _sums_of((*figures, SPEND)), conditions)}
WHERE {SPEND.sql()} > 0
ORDER BY s.{time}, {_CODES_IN_ORDER}
""".strip()


def series_by_publisher(time: str, figure: Figure, conditions: Sequence[str]) -> str:
    """Return a point for each hour or day and publisher; two of one name are two series, so the id stands behind it."""
    return f"""
SELECT
    s.{time} AS time,
    CONCAT({PUBLISHER.label}, ' (', s.publisher_id, ')') AS metric,
    {figure.sql()} AS `{figure.title}`
FROM (
{added_up([time, "publisher_id"], _sums_of([figure]), conditions)}
) AS s
LEFT JOIN master_publisher AS d ON d.id = s.publisher_id
WHERE {_not_all_zero("s", _sums_of([figure]))}
ORDER BY s.{time}, s.publisher_id
""".strip()


def breakdown(key: Key, conditions: Sequence[str]) -> str:
    """Return a row for each key and currency, most clicks first within a currency."""
    figures = (*COUNTS, *RATES, *MONEY)
    return f"""
SELECT
    s.{key.column},
    {key.label} AS {key.title},
    s.code AS Currency,
{_listed(figures)}
FROM {_by_currency([key.column], _sums_of(figures), conditions)}
LEFT JOIN {key.table} AS d ON d.id = s.{key.column}
ORDER BY {_CODES_IN_ORDER}, {CLICKS.sql()} DESC, s.{key.column}
""".strip()


def ranking(key: Key, conditions: Sequence[str], *, worst: bool) -> str:
    """Return the best or the worst keys of each currency (`admetrics.domain.rules.ranking`)."""
    rows = indent(_by_currency([key.column], _sums_of(RANKED), conditions), "    ").strip()
    in_order = f"PARTITION BY s.code ORDER BY {order_sql(key.column, worst=worst)}"
    return f"""
SELECT
    s.{key.column},
    {key.label} AS {key.title},
    s.code AS Currency,
{_listed(RANKED)}
FROM (
    SELECT
        s.*, COUNT(*) OVER (PARTITION BY s.code) AS compared,
        ROW_NUMBER() OVER ({in_order}) AS place
    FROM {rows}
    WHERE {comparable_sql(key.column)}
) AS s
LEFT JOIN {key.table} AS d ON d.id = s.{key.column}
WHERE {shown_sql(_SHOWN, worst=worst)}
ORDER BY {_CODES_IN_ORDER}, s.place
""".strip()
