"""The lake as table `events` of a DuckDB file: one row an event.

Copies of an event meet when they are stored, not when they are read: the ids of a batch are looked up in its own
hours, copies that bring nothing new are left out, and where copies contradict each other the winner stays. So a
query needs no word about copies, and storing a file again writes no event.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final, Self
from uuid import uuid4

import pyarrow as pa

from admetrics.adapters.duckdb.arrow import flags, integers, named, texts, times
from admetrics.adapters.duckdb.database import SOME, Connection, DuckDBDatabase, time_at
from admetrics.adapters.duckdb.layout import VISIT
from admetrics.domain.events.click_flags import CLICK_FLAGS
from admetrics.domain.events.erasure import FINGERPRINT, ID
from admetrics.domain.events.event import Event, Interaction, Protection
from admetrics.domain.events.kind import Kind
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey, steps
from admetrics.domain.rollup.minutes import MinutesByHour, MinuteSet
from admetrics.domain.rules.outcome import Outcome, outcome_sql
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.rules.winner import order_sql
from admetrics.domain.times import Period
from admetrics.ports.adapter import Resources

_NO_BID: Final = -1
_BLOCK: Final = 64
"""How many bytes SHA-256 takes at a time."""


def _bids(bids: Sequence[int | None]) -> Any:
    return integers([_NO_BID if bid is None else bid for bid in bids])


_COLUMNS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "id": texts,
    "time": times,
    "kind._value_": texts,
    "name": texts,
    "job": integers,
    "job_source._value_": texts,
    "publisher": integers,
    "campaign": integers,
    "group": integers,
    "bid": _bids,
    "marks": integers,
    "uid": texts,
    "revision": integers,
    "record": texts,
    "original": texts,
    "protection": integers,
    "keyed": flags,
}
"""What is stored of an event, and how a column is made of it; the statements add the hour.

`_value_` is the documented attribute behind `value`, which takes three times as long to read.
"""

_NAMES: Final = [path.partition(".")[0] for path in _COLUMNS]
_KINDS: Final = {kind.value: kind for kind in Kind}

_ARRIVE: Final = """
INSERT INTO arrivals
SELECT $batch, date_trunc('hour', reached) AS hour, bit_or(1::BIGINT << minute(reached)) AS minutes
FROM (
    SELECT latest + unnest($steps::INTERVAL[]) AS reached
    FROM (SELECT max(time) AS latest FROM incoming GROUP BY date_trunc('minute', time))
)
GROUP BY ALL
RETURNING epoch_us(hour), minutes
"""

_ARRIVE_AGAIN: Final = _ARRIVE.replace("FROM incoming", "FROM events WHERE uid IN (SELECT unnest($uids))")
_KNOWN: Final = "SELECT DISTINCT uid FROM events WHERE uid IN (SELECT unnest($names))"
_COUNT: Final = "SELECT count(*) FROM events WHERE uid IN (SELECT unnest($uids))"

# Rows are read again by their place, not by their id: DuckDB then fetches few, and does not walk through their hours.
_CONTESTED: Final = """
SELECT id::UUID AS id, NULL AS place
FROM incoming
GROUP BY ALL
HAVING count(*) > 1
UNION ALL
SELECT id, rowid AS place
FROM events
WHERE hour IN (SELECT date_trunc('hour', time) FROM incoming)
  AND id IN (SELECT id::UUID FROM incoming)
"""

_INCOMING: Final = f"""
SELECT
    id::UUID AS id, date_trunc('hour', time) AS hour, time, kind, name, job, job_source,
    publisher, campaign, "group", nullif(bid, {_NO_BID}) AS bid, marks, uid,
    {VISIT} AS visit, revision, record, original::UUID AS fingerprint, protection, keyed
FROM incoming"""

_INSERT: Final = f"INSERT INTO events BY NAME {_INCOMING}\nORDER BY hour"

_UNCONTESTED: Final = "WHERE id::UUID NOT IN (SELECT unnest($contested))"

_INSERT_UNCONTESTED: Final = f"INSERT INTO events BY NAME {_INCOMING}\n{_UNCONTESTED}\nORDER BY hour"

_FINGERPRINT: Final = "coalesce(fingerprint, sha256(record)[:32]::UUID)"

_WINNERS: Final = f"""
CREATE OR REPLACE TEMP TABLE winners AS
SELECT *
FROM (
    SELECT *, true AS stored
    FROM events
    WHERE rowid IN (SELECT unnest($places))
    UNION ALL BY NAME
    SELECT *, false AS stored
    FROM ({_INCOMING}
    WHERE id::UUID IN (SELECT unnest($contested)))
)
QUALIFY row_number() OVER (
    PARTITION BY id
    ORDER BY {order_sql(_FINGERPRINT)}, stored DESC
) = 1
"""

_DELETE_LOSERS: Final = """
DELETE FROM events
WHERE rowid IN (SELECT unnest($places))
  AND id IN (SELECT id FROM winners WHERE NOT stored)
"""

_INSERT_WINNERS: Final = """
INSERT INTO events BY NAME
SELECT * EXCLUDE (stored)
FROM winners
WHERE NOT stored
ORDER BY hour
"""

_NOTE_ERASED: Final = """
INSERT INTO erased
SELECT DISTINCT noted.pseudonym
FROM (SELECT unnest($pseudonyms) AS pseudonym) AS noted
WHERE noted.pseudonym NOT IN (SELECT pseudonym FROM erased)
"""

# What `admetrics.domain.events.erasure.erased` does.
_ERASED: Final = f"""
SELECT * REPLACE ({VISIT} AS visit)
FROM (
    SELECT events.* REPLACE (
        coalesce(pseudonym, events.uid) AS uid,
        CASE WHEN pseudonym IS NULL THEN record ELSE '' END AS record,
        CASE WHEN pseudonym IS NULL THEN fingerprint ELSE {_FINGERPRINT} END AS fingerprint,
        CASE WHEN pseudonym IS NULL THEN protection ELSE {Protection.ERASED.value} END AS protection
    )
    FROM events
    LEFT JOIN (SELECT unnest($uids) AS uid, unnest($pseudonyms) AS pseudonym) AS erasure
    ON events.uid = erasure.uid
    {SOME}
)
"""


def _code(message: str) -> str:
    """Write the HMAC-SHA-256 (RFC 2104) of bytes, in hexadecimal digits, which DuckDB has no function for."""
    return f"sha256($outer || unhex(sha256($inner || {message})))"


_DIGITS: Final = f"replace(({_FINGERPRINT})::VARCHAR, '-', '')"
_IS_OF_CONTENT: Final = "substr(id::VARCHAR, 15, 1) = '8'"

# What `admetrics.domain.events.erasure.keyed` does.
_KEYED: Final = f"""
SELECT events.* REPLACE (
    CASE
        WHEN keyed OR NOT {_IS_OF_CONTENT} THEN id
        ELSE (
            WITH code AS (SELECT {_code("$id || unhex(replace(id::VARCHAR, '-', ''))")} AS digits)
            SELECT concat(
                digits[:12], '8', digits[14:16], substr('89ab', (('0x' || digits[17])::INTEGER & 3) + 1, 1),
                digits[18:32]
            )::UUID
            FROM code
        )
    END AS id,
    CASE
        WHEN keyed THEN fingerprint
        ELSE concat(
            {_code(f"$fingerprint || unhex({_DIGITS}[:8])")}[:8], {_code(f"$fingerprint || unhex({_DIGITS})")}[9:32]
        )::UUID
    END AS fingerprint,
    true AS keyed
)
FROM events
{SOME}
"""

_ARRIVE_RENAMED: Final = _ARRIVE.replace(
    "FROM incoming", f"FROM events WHERE NOT keyed AND visit IS NOT NULL AND {_IS_OF_CONTENT}"
)

_RELEASE: Final = """
DELETE FROM arrivals
USING (SELECT unnest($batches) AS batch, unnest($hours) AS hour) AS released
WHERE arrivals.batch = released.batch
  AND arrivals.hour = released.hour
"""

_SCAN: Final = """
SELECT epoch_us(time), kind, job, publisher, campaign, "group", bid, marks, uid, id::VARCHAR
FROM events
JOIN (SELECT unnest($hours) AS hour, unnest($minutes) AS minutes) AS chosen USING (hour)
WHERE (chosen.minutes >> minute(time)) & 1 = 1
"""

_HOURS: Final = """
SELECT DISTINCT epoch_us(hour)
FROM events
WHERE hour >= $start AND hour < $end
ORDER BY ALL
"""

_OUTCOMES: Final = f"""
SELECT
    epoch_us(hour),
    {outcome_sql()} AS outcome,
    count(*) AS events
FROM events
WHERE hour >= $start AND hour < $end
GROUP BY ALL
ORDER BY ALL
"""


class DuckDBLake:
    """The lake in a DuckDB file.

    Args:
        database: the file.
        repeat_window: how far events reach (`admetrics.domain.rollup.arrival.arrivals_of`).
    """

    kind = "DuckDB"

    def __init__(self, database: DuckDBDatabase, *, repeat_window: timedelta = REPEAT_WINDOW) -> None:
        self.database = database
        """Where an engine may read it (capability `duckdb`)."""
        self._steps = list(steps(repeat_window))

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the lake that a URL names."""
        window = resources.settings.repeat_window
        return cls(resources.shared(DuckDBDatabase.open, url), repeat_window=window)

    def identity(self) -> str:
        """Return what tells this lake from all others."""
        ((identity,),) = self.database.query("SELECT identity::VARCHAR FROM identity")
        return str(identity)

    def append(self, events: Sequence[Event]) -> Sequence[Arrival]:
        """Store events and record their arrival, in one transaction."""
        if not events:
            return ()
        batch = str(uuid4())
        with self.database.transaction() as connection, named(connection, incoming=table_of(events)):
            touched = connection.execute(_ARRIVE, {"batch": batch, "steps": self._steps}).fetchall()
            _store(connection)
        return [Arrival(ArrivalKey(batch, time_at(hour)), MinuteSet(mask)) for hour, mask in sorted(touched)]

    def arrivals(self) -> Sequence[Arrival]:
        """Return the arrivals that were not released."""
        found = self.database.query("SELECT batch, epoch_us(hour), minutes FROM arrivals")
        return [Arrival(ArrivalKey(batch, time_at(hour)), MinuteSet(mask)) for batch, hour, mask in found]

    def release(self, arrivals: Collection[Arrival]) -> None:
        """Delete arrivals; none need no transaction."""
        if not arrivals:
            return
        released = {
            "batches": [arrival.key.batch for arrival in arrivals],
            "hours": [arrival.hour for arrival in arrivals],
        }
        with self.database.transaction() as connection:
            connection.execute(_RELEASE, released)

    def scan(self, minutes: MinutesByHour) -> Iterable[Interaction]:
        """Return what happened in some minutes; the rows are read at once, the values made one by one."""
        if not minutes:
            return ()
        found = self.database.query(
            _SCAN, {"hours": list(minutes), "minutes": [some.mask for some in minutes.values()]}
        )
        return (
            Interaction(
                time_at(time), _KINDS[kind], job, publisher, campaign, group, bid, CLICK_FLAGS[marks], uid, own_id
            )
            for time, kind, job, publisher, campaign, group, bid, marks, uid, own_id in found
        )

    def hours(self, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that hold events, ascending."""
        return [time_at(hour) for (hour,) in self.database.query(_HOURS, _bounds(period))]

    def outcomes(self, period: Period) -> Iterable[Outcome]:
        """Count the events of each hour of a period by outcome, sorted."""
        found = self.database.query(_OUTCOMES, _bounds(period))
        return [Outcome(time_at(hour), outcome, events) for hour, outcome, events in found]

    def erased(self) -> Collection[str]:
        """Return the pseudonyms that were noted."""
        return [pseudonym for (pseudonym,) in self.database.query("SELECT pseudonym FROM erased")]

    def note_erased(self, pseudonyms: Collection[str]) -> None:
        """Note pseudonyms."""
        with self.database.transaction() as connection:
            connection.execute(_NOTE_ERASED, {"pseudonyms": list(pseudonyms)})

    def known(self, names: Collection[str]) -> Collection[str]:
        """Return which of these names events have."""
        return [name for (name,) in self.database.query(_KNOWN, {"names": list(names)})]

    def key_events(self, key: bytes, *, on_progress: Callable[[float], None]) -> None:
        """Write the file again, with all events under the key, at once; nothing, if they are."""
        if self.database.query("SELECT 1 FROM events WHERE NOT keyed LIMIT 1"):
            with self.database.transaction() as connection:
                connection.execute(_ARRIVE_RENAMED, {"batch": str(uuid4()), "steps": self._steps})
            self.database.rewrite({"events": _KEYED}, _secrets(key), on_progress=on_progress)
        on_progress(1)

    def erase(self, pseudonyms: Mapping[str, str], *, on_progress: Callable[[float], None]) -> int:
        """Write the file again, with the events of some visitors changed: all of them at once.

        What two names made of one visitor may change is rolled up again.
        """
        uids, names = list(pseudonyms), list(pseudonyms.values())
        ((changed,),) = self.database.query(_COUNT, {"uids": uids})
        if len(set(names)) < len(names):
            with self.database.transaction() as connection:
                connection.execute(_ARRIVE_AGAIN, {"batch": str(uuid4()), "steps": self._steps, "uids": uids})
        changes = {"uids": uids, "pseudonyms": names}
        self.database.rewrite({"events": _ERASED}, changes, on_progress=on_progress)
        on_progress(1)
        return int(changed)


def _secrets(key: bytes) -> dict[str, bytes]:
    """Return what `_code` and the expressions around it need of a key."""
    block = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
    return {
        "inner": bytes(byte ^ 0x36 for byte in block),
        "outer": bytes(byte ^ 0x5C for byte in block),
        "fingerprint": FINGERPRINT,
        "id": ID,
    }


def _store(connection: Connection) -> None:
    """Store the events of `incoming`."""
    found = connection.execute(_CONTESTED).fetchall()
    if not found:
        connection.execute(_INSERT)
        return
    contested = {"contested": list({id_ for id_, _ in found})}
    places = {"places": [place for _, place in found if place is not None]}
    connection.execute(_WINNERS, {**contested, **places})
    if _any(connection, f"FROM incoming {_UNCONTESTED}", contested):
        connection.execute(_INSERT_UNCONTESTED, contested)
    if _any(connection, "FROM winners WHERE NOT stored"):
        connection.execute(_DELETE_LOSERS, places)
        connection.execute(_INSERT_WINNERS)
    connection.execute("DROP TABLE winners")


def _any(connection: Connection, rows: str, parameters: Mapping[str, object] | None = None) -> bool:
    """Return whether there are any rows: after an insert of none, DuckDB 2.0.0 may lose sight of rows that follow.

    It puts an empty row group into the table, and scans end there until the file is opened again.
    """
    return connection.execute(f"SELECT 1 {rows} LIMIT 1", parameters).fetchone() is not None


def table_of(events: Sequence[Event]) -> Any:
    """Make the Arrow table of a batch."""
    columns = [make(list(map(attrgetter(path), events))) for path, make in _COLUMNS.items()]
    return pa.table(columns, names=_NAMES)


def _bounds(period: Period) -> dict[str, object]:
    return {"start": period.start, "end": period.end}
