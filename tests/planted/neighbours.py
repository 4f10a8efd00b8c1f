"""The neighbours of the rules: what somebody might take a rule for, planted into each place that implements it.

Only the fixed cases of the contracts are run on them (the examples of `admetrics.domain.rules`): they tell a rule from
its neighbours every time, not because the right case was drawn.
"""

from typing import Final

from tests.planted.bugs import Bug

_PYTHON = "tests/unit/engines/test_python.py -k each_example"
_DUCKDB = "tests/unit/adapters/duckdb/test_engine.py -k each_example"
_SPARK = "tests/integration/test_spark_engine.py -k each_example"
_LAKES = "tests/unit/adapters/memory/test_lake.py tests/unit/adapters/duckdb/test_lake.py -k each_example_of_the_winner"


def _in_sql(name: str, file: str, right: str, wrong: str) -> list[Bug]:
    """Plant into SQL that two engines run: each of them must notice it alone."""
    return [Bug(f"{name}, in {place}", file, right, wrong, tests) for place, tests in _ENGINES.items()]


_ENGINES = {"DuckDB": _DUCKDB, "Spark": _SPARK}

_REPEATS = "domain/rules/repeats.py"
_IN_ORDER = "PARTITION BY {visitor}, job ORDER BY time, id)"
_PAIR = "pair = (click.uid, click.job)"
_WINNER = "domain/rules/winner.py"
_VALIDITY = "domain/rules/validity.py"
_ENTRIES = "domain/metrics/entries.py"

NEIGHBOURS: Final = [
    Bug(
        "a repeat is compared with the last valid click",
        _REPEATS,
        "            repeats.add(click.id)\n        last[pair] = click.time",
        "            repeats.add(click.id)\n        else:\n            last[pair] = click.time",
        _PYTHON,
    ),
    Bug(
        "a repeat is compared with the first click",
        _REPEATS,
        "        last[pair] = click.time",
        "        last.setdefault(pair, click.time)",
        _PYTHON,
    ),
    Bug("the window is closed", _REPEATS, "- last[pair] < window", "- last[pair] <= window", _PYTHON),
    Bug("clicks at one time are in the order of the lake", _REPEATS, "(click.time, click.id)", "click.time", _PYTHON),
    Bug("a click on any job makes a repeat", _REPEATS, _PAIR, "pair = (click.uid, 0)", _PYTHON),
    Bug("anybody's click makes a repeat", _REPEATS, _PAIR, "pair = (None, click.job)", _PYTHON),
    Bug("unknown visitors are one visitor", _REPEATS, " and interaction.uid is not None", "", _PYTHON),
    Bug("a page view makes a repeat", _REPEATS, "interaction.kind is Kind.CLICK and ", "", _PYTHON),
    Bug(
        "an invalid click makes no repeat",
        _REPEATS,
        "interaction.uid is not None",
        "interaction.uid is not None and not interaction.marks",
        _PYTHON,
    ),
    Bug(
        "robot decides over internal",
        _VALIDITY,
        "    found = [reason for mark, reason in _MARKED.items() if mark in marks]\n",
        "    found = [reason for mark, reason in reversed(_MARKED.items()) if mark in marks]\n",
        _PYTHON,
    ),
    Bug(
        "repeat decides over what is noted of a click",
        _VALIDITY,
        "        found.append(InvalidReason.REPEAT)",
        "        found.insert(0, InvalidReason.REPEAT)",
        _PYTHON,
    ),
    Bug("a click without a bid is paid", _ENTRIES, "            return paid\n", "            return True\n", _PYTHON),
    Bug(
        "a bid of 0 is none", "domain/rollup/fold.py", "each.marks, bid is not None,", "each.marks, bool(bid),", _PYTHON
    ),
    Bug("events without a job count", "domain/events/event.py", "self.job != 0 and self.kind", "self.kind", _PYTHON),
    Bug("other events count", "domain/events/event.py", " and self.kind in COUNTED", "", _PYTHON),
    *_in_sql("a click on any job makes a repeat", _REPEATS, _IN_ORDER, "PARTITION BY {visitor} ORDER BY time, id)"),
    *_in_sql("anybody's click makes a repeat", _REPEATS, _IN_ORDER, "PARTITION BY job ORDER BY time, id)"),
    *_in_sql("the largest id comes first", _REPEATS, _IN_ORDER, "PARTITION BY {visitor}, job ORDER BY time, id DESC)"),
    *_in_sql("the click after is compared", _REPEATS, _IN_ORDER, "PARTITION BY {visitor}, job ORDER BY time DESC, id)"),
    *_in_sql(
        "repeat decides over what is noted of a click",
        _VALIDITY,
        "CASE {marked} WHEN {repeat} THEN '{InvalidReason.REPEAT.value}' END",
        "CASE WHEN {repeat} THEN '{InvalidReason.REPEAT.value}' {marked} END",
    ),
    *_in_sql("a bid of 0 is none", _ENTRIES, '" AND bid IS NOT NULL"', '" AND bid > 0"'),
    Bug("the window is closed, in DuckDB", "adapters/duckdb/engine.py", '("uid")} < $', '("uid")} <= $', _DUCKDB),
    Bug(
        "events without a job count, in DuckDB",
        "adapters/duckdb/engine.py",
        "WHERE {chosen} AND job <> 0 AND kind <> '",
        "WHERE {chosen} AND kind <> '",
        _DUCKDB,
    ),
    Bug("the window is closed, in Spark", "adapters/spark/events.py", '("visit")} < {', '("visit")} <= {', _SPARK),
    Bug("events without a job count, in Spark", "adapters/spark/events.py", "WHERE job <> 0", "WHERE job >= 0", _SPARK),
    Bug(
        "the largest fingerprint wins",
        "domain/rules/winner.py",
        " copy.fingerprint.int,",
        " -copy.fingerprint.int,",
        _LAKES,
    ),
    Bug("the lowest revision wins", _WINNER, "-copy.revision", "copy.revision", _LAKES),
    Bug("a key decides nothing", _WINNER, "not copy.keyed, ", "", _LAKES),
    Bug("the copy that is protected worse wins", _WINNER, "-copy.protection", "copy.protection", _LAKES),
    Bug("the copy with fewer flags wins", _WINNER, "-copy.marks", "copy.marks", _LAKES),
    *(
        Bug(f"{name}, in SQL", _WINNER, right, wrong, _LAKES)
        for name, right, wrong in (
            ("the largest fingerprint wins", "{fingerprint}, protection", "{fingerprint} DESC, protection"),
            ("the lowest revision wins", "revision DESC, {", "revision, {"),
            ("a key decides nothing", 'f"keyed DESC, ', 'f"'),
            ("the copy that is protected worse wins", 'protection DESC, marks DESC"', 'protection, marks DESC"'),
            ("the copy with fewer flags wins", 'protection DESC, marks DESC"', 'protection DESC, marks"'),
        )
    ),
    Bug(
        "the last day of a flight is outside of it",
        "domain/rules/flight.py",
        "day <= self.last",
        "day < self.last",
        "tests/unit/domain/rules/test_flight.py -k both_days",
    ),
    Bug(
        "the first day of a flight is outside of it",
        "domain/rules/flight.py",
        "self.first <= day",
        "self.first < day",
        "tests/unit/domain/rules/test_flight.py -k both_days",
    ),
]
