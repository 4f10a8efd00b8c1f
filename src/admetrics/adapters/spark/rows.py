"""Rows inside of Spark: their content, its digest, and their messages, byte by byte those of this library."""

from typing import Final

from admetrics.adapters.spark.errors import CHANGED
from admetrics.domain.metrics.catalog import MEASURES, out_of_flight
from admetrics.domain.metrics.entries import Measure
from admetrics.domain.rollup.message import SCHEMA
from admetrics.domain.rules.digest import VANISHED, digest_sql
from admetrics.domain.rules.flight import outside_sql

FOLDED: Final = "folded"
"""View: the cells of some hours, with their measures."""
COMPANIES: Final = "companies"
"""View: the company of each job that has one."""
FLIGHTS: Final = "flights"
"""View: the flight of each campaign that has one, as hours."""
CLAIMED: Final = "claimed"
"""View: the cells to publish, each with the digest of the content that was claimed."""

_IDS: Final = "job, publisher, campaign, group_id"
_CELL: Final = f"hour, {_IDS}"
"""The columns of a cell; the hour is in microseconds since the Unix epoch."""
_NAMES: Final = tuple(measure.name for measure in MEASURES)
_FIGURES: Final = ", ".join(_NAMES)


def _judged(measure: Measure) -> str:
    """Write a measure of a cell, which may be outside of its flight."""
    parts = [each.name for each in out_of_flight(measure)]
    if parts == [measure.name]:
        return measure.name
    return f"if(outside, {' + '.join(parts) or '0L'}, {measure.name}) AS {measure.name}"


_JUDGED: Final = ", ".join(map(_judged, MEASURES))
_CONTENT: Final = f"""\
    SELECT /*+ BROADCAST({COMPANIES}) */
        {_CELL},
        {_FIGURES},
        company,
        {digest_sql()} AS digest
    FROM (
        SELECT {_CELL}, {_JUDGED}
        FROM (
            SELECT /*+ BROADCAST({FLIGHTS}) */
                {FOLDED}.*, {outside_sql("hour", "first_hour", "hour_beyond")} AS outside
            FROM {FOLDED}
            LEFT JOIN {FLIGHTS} USING (campaign)
        )
    )
    LEFT JOIN {COMPANIES} USING (job)"""


def digests_sql() -> str:
    """Write the cells with the digest of their content, as `admetrics.domain.rules.digest.digest` computes it."""
    return f"""\
SELECT {_CELL}, digest
FROM (
{_CONTENT}
)
"""


def messages_sql() -> str:
    """Write the messages of the claimed cells, key and value, as the other buses of this library have them.

    A cell without content vanished. A content that is not the one that was claimed is an error: to publish it would
    leave the checkpoint store with the digest of another one. Parameters: version and source of the rows.
    """
    figures = ", ".join(f"'{name}', coalesce({name}, 0)" for name in _NAMES)
    hour = """date_format(timestamp_micros(hour), "yyyy-MM-dd'T'HH:mm:ss'Z'")"""
    return f"""\
SELECT
    CAST(concat_ws('/', {hour}, {_IDS}) AS BINARY) AS key,
    CAST(if(coalesce(digest, X'{VANISHED.hex()}') = claimed_digest, to_json(named_struct(
        'schema', {SCHEMA},
        'hour', {hour},
        'job', job,
        'publisher', publisher,
        'campaign', campaign,
        'group', group_id,
        'measures', named_struct({figures}),
        'company', company,
        'version', :version,
        'source', :source
    ), map('ignoreNullFields', 'false')), raise_error('{CHANGED}')) AS BINARY) AS value
FROM {CLAIMED}
LEFT JOIN (
{_CONTENT}
) USING ({_CELL})
"""
