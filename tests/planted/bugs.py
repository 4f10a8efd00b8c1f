"""The list of bugs: the mistakes that people make in systems of this kind, one change of our own code each."""

from typing import Final

import attrs


@attrs.frozen
class Bug:
    """A mistake.

    Args:
        name: what is wrong.
        file: below `src/admetrics/`.
        right: text of the file, which stands there once.
        wrong: what stands there instead.
        tests: where it is to be caught.
    """

    name: str
    file: str
    right: str
    wrong: str
    tests: str


BUGS: Final = [
    # Positions and effects
    Bug(
        "the source's position is committed before the events are stored",
        "app/ingest.py",
        "        store(some, lake=lake, dead_letters=dead_letters)\n        source.commit(some.batch)\n",
        "        source.commit(some.batch)\n        store(some, lake=lake, dead_letters=dead_letters)\n",
        "tests/unit/app/test_ingest.py",
    ),
    Bug(
        "the pipelined ingest commits a position while its batch is still being stored",
        "app/pipeline.py",
        "                storing.result()\n                source.commit(some.batch)\n",
        "                source.commit(some.batch)\n                storing.result()\n",
        "tests/unit/app/test_ingest_overlap.py",
    ),
    Bug(
        "bad records are not kept",
        "app/ingest.py",
        "    lake.append(some.events)\n    dead_letters.put(some.letters)\n",
        "    lake.append(some.events)\n",
        "tests/unit/app/test_ingest.py",
    ),
    Bug(
        "the bus position is committed before the upsert",
        "app/load.py",
        "        written = warehouse.upsert(newest_per_cell(delivery.rows))\n        bus.commit(delivery)",
        "        bus.commit(delivery)\n        written = warehouse.upsert(newest_per_cell(delivery.rows))",
        "tests/unit/app/test_load.py",
    ),
    Bug(
        "a failed load does not rewind",
        "app/load.py",
        "        bus.rewind()\n        raise\n",
        "        raise\n",
        "tests/unit/app/test_load.py",
    ),
    Bug(
        "of the versions of a row, the last one on the bus is loaded and not the newest",
        "app/load.py",
        "        if held is None or row.version > held.version:\n",
        "        if held is None or row.version != held.version:\n",
        "tests/unit/app/test_load.py",
    ),
    Bug(
        "dead letters are removed before their records are stored",
        "app/replay.py",
        "    lake.append([result for _, result in results if isinstance(result, Event)])\n",
        "    dead_letters.remove([letter.id for letter, result in results if isinstance(result, Event)])\n"
        "    lake.append([result for _, result in results if isinstance(result, Event)])\n",
        "tests/unit/app/test_replay.py",
    ),
    # Erasure
    Bug(
        "what is left of a record decides between copies, and not the record as it came",
        "adapters/duckdb/lake.py",
        '"coalesce(fingerprint, sha256(record)[:32]::UUID)"',
        '"sha256(record)[:32]::UUID"',
        "tests/unit/adapters/duckdb/test_lake.py",
    ),
    Bug(
        "the erased are looked for only before a batch is stored",
        "app/erase.py",
        "        while (now := self.register.noted()) != noted:\n            noted = now\n            arrivals",
        "        while (now := noted) != noted:\n            noted = now\n            arrivals",
        "tests/unit/app/test_erase.py",
    ),
    Bug(
        "events are erased before it is noted whose",
        "app/erase.py",
        "    register.lake.note_erased([",
        "    register.lake.erase(pseudonyms, on_progress=on_progress)\n    register.lake.note_erased([",
        "tests/unit/app/test_erase.py",
    ),
    Bug(
        "each erased event gets a visitor of its own",
        "domain/erasure.py",
        'uid=name, record="",',
        'uid=name + event.id, record="",',
        "tests/unit/app/test_erase.py",
    ),
    # The roll-up protocol
    Bug(
        "the version is taken after the hours were read",
        "app/roll_up.py",
        "    version = checkpoints.next_version()  # before the scan, so that "
        "it covers all that lower versions handled\n",
        "    early = engine.fold(chosen)\n"
        "    engine = type('Early', (), {'fold': lambda *_: early, 'claimed': engine.claimed})\n"
        "    version = checkpoints.next_version()\n",
        "tests/simulation",
    ),
    Bug(
        "arrivals are handled although their hour was refused",
        "app/roll_up.py",
        "arrivals=[arrival.key for arrival in arrivals if arrival.hour in claim.hours]",
        "arrivals=[arrival.key for arrival in arrivals if arrival.hour in chosen]",
        "tests/simulation",
    ),
    Bug(
        "arrivals of hours that were put off are handled",
        "app/roll_up.py",
        "arrivals=[arrival.key for arrival in arrivals if arrival.hour in claim.hours]",
        "arrivals=[arrival.key for arrival in arrivals]",
        "tests/unit/app/test_roll_up.py",
    ),
    Bug(
        "a vanished cell is not published",
        "app/roll_up.py",
        "    found.publish(claim.cells)\n",
        "    found.publish(claim.cells & found.digests.keys())\n",
        "tests/unit/app/test_roll_up.py",
    ),
    Bug(
        "the roll-up commits before it publishes",
        "app/roll_up.py",
        "    found.publish(claim.cells)\n",
        "    checkpoints.commit(version, digests={cell: found.digests.get(cell, VANISHED) for cell in claim.cells}, "
        "arrivals=[])\n"
        "    found.publish(claim.cells)\n",
        "tests/simulation",
    ),
    Bug(
        "the fence is left out: an hour is granted although a higher version claimed it",
        "adapters/sql/checkpoints.py",
        "if hour not in stale and last.get(hour, 0) <= version)",
        "if hour not in stale)",
        "tests/unit/adapters/sql/test_checkpoints.py",
    ),
    Bug(
        "the in-doubt mark is left out",
        "adapters/sql/checkpoints.py",
        "        _put_cells(connection, version, dict.fromkeys(changed, _IN_DOUBT))\n        return Claim",
        "        return Claim",
        "tests/unit/adapters/sql/test_checkpoints.py",
    ),
    Bug(
        "a commit stores digests of cells that a newer claim took over",
        "adapters/sql/checkpoints.py",
        "            statement = select(*_CELL).where(cells.c.version == version)\n",
        "            statement = select(*_CELL)\n",
        "tests/unit/adapters/sql/test_checkpoints.py",
    ),
    Bug(
        "a minute is reused although another runner claimed it since",
        "adapters/sql/checkpoints.py",
        "    stale = hours_of(claimed_anew)\n",
        "    stale = hours_of(()) if claimed_anew else frozenset()\n",
        "tests/unit/adapters/sql/test_checkpoints.py",
    ),
    Bug(
        "a rebuild does not rise above the versions of the warehouse",
        "adapters/sql/checkpoints.py",
        "        version = _raise_counter(connection, above=above)\n",
        "        version = _raise_counter(connection)\n",
        "tests/unit/adapters/sql/test_checkpoints.py",
    ),
    Bug(
        "companies are settled before their hours are requested",
        "app/import_dimensions.py",
        "    checkpoints.request(request, hours)\n    dimensions.settle(moves)\n",
        "    dimensions.settle(moves)\n    checkpoints.request(request, hours)\n",
        "tests/crashes tests/unit/app/test_import_dimensions.py",
    ),
    # Stores
    Bug(
        "an older row overwrites a newer one",
        "adapters/sql/warehouse.py",
        "            newer = [row for key, row in some if row.version > stored.get(key, 0)]\n",
        "            newer = [row for key, row in some]\n",
        "tests/unit/adapters/sql/test_warehouse.py",
    ),
    Bug(
        "rows that are not zero are pruned",
        "adapters/sql/warehouse.py",
        "        old = and_(~not_all_zero(events), events.c.latest_update_time < unchanged_since)\n",
        "        old = and_(events.c.latest_update_time < unchanged_since)\n",
        "tests/unit/adapters/sql/test_warehouse.py",
    ),
    Bug(
        "of contradicting copies, the one that came first stays",
        "adapters/duckdb/lake.py",
        "ORDER BY revision DESC, {_FINGERPRINT}, protection DESC, marks DESC, stored DESC",
        "ORDER BY revision DESC, stored DESC",
        "tests/unit/adapters/duckdb/test_lake.py",
    ),
    Bug(
        "an arrival names only one of its minutes",
        "adapters/duckdb/lake.py",
        "bit_or(1::BIGINT << minute(reached)) AS minutes",
        "max(1::BIGINT << minute(time)) AS minutes",
        "tests/unit/adapters/duckdb/test_lake.py",
    ),
    Bug(
        "a half-written last line is read",
        "adapters/files/tail.py",
        "        self._read_at = state\n        if is_compressed(self._name)",
        "        self._read_at = state\n        reading.finish()\n        if is_compressed(self._name)",
        "tests/unit/adapters/files/test_follow.py",
    ),
    Bug(
        "a log that was truncated is read on from the old place",
        "adapters/files/tail.py",
        "        if size < reading.raw or size < (self._complete_at or 0) or "
        "_hash(data[: self._head_size]) != self._head:\n",
        "        if _hash(data[: self._head_size]) != self._head:\n",
        "tests/unit/adapters/files/test_follow.py",
    ),
    # Rules
    Bug(
        "late events are dropped",
        "domain/times.py",
        "        return self.earliest <= ticks <= self.latest\n",
        "        return self.latest - 864_000_000_000 <= ticks <= self.latest\n",
        "tests/unit/test_samples.py tests/unit/domain",
    ),
    Bug(
        "a click without a bid is not counted",
        "domain/measures.py",
        "            return True\n",
        "            return paid or kind is not Kind.CLICK\n",
        "tests/unit/domain tests/unit/adapters/duckdb",
    ),
    Bug(
        "the job in the custom event is preferred to the column",
        "domain/classify.py",
        "    if job := _id(column):\n        return job, JobSource.COLUMN\n"
        '    if job := _first_id(custom_event, "jobid"):\n'
        "        return job, JobSource.CUSTOM_EVENT\n",
        '    if job := _first_id(custom_event, "jobid"):\n        return job, JobSource.CUSTOM_EVENT\n'
        "    if job := _id(column):\n        return job, JobSource.COLUMN\n",
        "tests/unit/domain/test_classify.py tests/unit/test_samples.py",
    ),
    Bug(
        "of contradicting copies, the largest fingerprint wins",
        "domain/event.py",
        "key=lambda copy: (-copy.revision, copy.fingerprint.int, -copy.protection, -copy.marks)",
        "key=lambda copy: (-copy.revision, -copy.fingerprint.int)",
        "tests/unit/domain/test_event.py tests/unit/adapters/duckdb/test_lake.py",
    ),
    Bug(
        "an id beyond 32 bits is used",
        "domain/classify.py",
        "    return number if number is not None and 1 <= number <= LARGEST else 0\n",
        "    return number if number is not None and 1 <= number else 0\n",
        "tests/unit/domain/test_classify.py tests/unit/test_samples.py",
    ),
    # Validity
    Bug(
        "a late click makes only its own hour dirty",
        "domain/arrival.py",
        "minutes_of(minute_of(time + step) for time in latest.values() for step in steps(reach))",
        "minutes_of(latest)",
        "tests/unit/domain/test_times.py tests/simulation",
    ),
    Bug(
        "repeats are looked for among the clicks of the hour only",
        "adapters/duckdb/engine.py",
        'hour BETWEEN $before AND $last AND time >= $since"',
        'hour BETWEEN $first AND $last"',
        "tests/unit/adapters/duckdb/test_engine.py",
    ),
    Bug(
        "clicks of unknown visitors are repeats of each other",
        "domain/validity.py",
        "interaction.job != 0 and interaction.uid is not None",
        "interaction.job != 0",
        "tests/unit/domain/test_validity.py",
    ),
    Bug(
        "the last day of a flight does not belong to it",
        "domain/validity.py",
        "day <= self.last",
        "day < self.last",
        "tests/unit/domain/test_validity.py",
    ),
    Bug(
        "a campaign whose flight changed is not noticed",
        "adapters/sql/dimensions.py",
        "if old_flights.get(each, ALWAYS) != flight)",
        "if each not in old_flights)",
        "tests/unit/adapters/sql/test_dimensions.py",
    ),
    # Servers
    Bug(
        "Cassandra is read and written at ONE",
        "adapters/cassandra/cluster.py",
        "consistency_level=ConsistencyLevel.LOCAL_QUORUM",
        "consistency_level=ConsistencyLevel.ONE",
        "tests/integration/test_cassandra_lake.py",
    ),
    Bug(
        "a late marker is not written again in the current bucket",
        "adapters/cassandra/arrivals.py",
        "            if not self._window.is_late(bucket, self._clock.now()):\n                return\n",
        "            return\n",
        "tests/integration/test_cassandra_arrivals.py",
    ),
    Bug(
        "a publication does not wait for the brokers",
        "adapters/kafka/writer.py",
        "            producer.flush(connection.patience)\n            for future in futures:\n"
        "                future.get(0)  # `flush` does not tell what failed\n",
        "            assert futures is not None\n",
        "tests/integration/test_kafka_faults.py tests/integration/test_kafka_bus.py",
    ),
    # Sums of days
    Bug(
        "a change leaves the sums of its day as they are",
        "adapters/sql/days.py",
        "for day in [day for day, is_summed in found if is_summed]:",
        "for day in [day for day, is_summed in found if is_summed and day > now]:",
        "tests/unit/adapters/sql/test_warehouse.py",
    ),
    Bug(
        "a day is summed up while a loader changes it",
        "adapters/sql/days.py",
        "selected(connection, statement.with_for_update(read=True), days.c.dates",
        "selected(connection, statement, days.c.dates",
        "tests/integration/test_mysql_warehouse.py",
    ),
    # Settings that do not reach a part
    Bug(
        "repeat_window does not reach the lake in DuckDB",
        "bootstrap/stores.py",
        "DuckDBLake(opening.duckdb(url), repeat_window=opening.settings.repeat_window)",
        "DuckDBLake(opening.duckdb(url))",
        "tests/unit/test_settings_reach.py -k arrivals",
    ),
    Bug(
        "repeat_window does not reach the lake in Cassandra",
        "bootstrap/stores.py",
        "clock=opening.clock, repeat_window=opening.settings.repeat_window)",
        "clock=opening.clock)",
        "tests/unit/test_settings_reach.py -k arrivals",
    ),
    Bug(
        "repeat_window does not reach the engine of DuckDB",
        "bootstrap/engines.py",
        "(opening.duckdb(opening.settings.lake), repeat_window=opening.settings.repeat_window)",
        "(opening.duckdb(opening.settings.lake))",
        "tests/unit/test_settings_reach.py -k repeat_window",
    ),
    Bug(
        "repeat_window does not reach the engine in Python",
        "bootstrap/engines.py",
        "PythonEngine(lake, repeat_window=opening.settings.repeat_window)",
        "PythonEngine(lake)",
        "tests/unit/test_settings_reach.py -k repeat_window",
    ),
    Bug(
        "repeat_window does not reach Spark",
        "bootstrap/opening.py",
        "            repeat_window=self.settings.repeat_window,\n",
        "",
        "tests/unit/test_settings_reach.py -k Spark",
    ),
    Bug(
        "repeat_window does not reach exported clicks",
        "cli/data.py",
        "context.settings.repeat_window",
        "type(context.settings)().repeat_window",
        "tests/unit/test_settings_reach.py -k exported",
    ),
    Bug(
        "internal_hosts does not reach ingest",
        "bootstrap/pipeline.py",
        "internal_hosts=settings.internal_hosts",
        "internal_hosts=()",
        "tests/unit/test_settings_reach.py -k internal_hosts",
    ),
    Bug(
        "internal_uids does not reach ingest",
        "bootstrap/pipeline.py",
        "internal_uids=settings.internal_uids",
        "internal_uids=()",
        "tests/unit/test_settings_reach.py -k internal_uids",
    ),
    Bug(
        "redact_urls does not reach ingest",
        "bootstrap/pipeline.py",
        "        redaction=settings.redact_urls,\n",
        "",
        "tests/unit/test_settings_reach.py -k redact_urls",
    ),
    Bug(
        "earliest does not reach ingest",
        "bootstrap/pipeline.py",
        "earliest=settings.earliest, ",
        "",
        "tests/unit/test_settings_reach.py -k earliest",
    ),
    Bug(
        "ahead does not reach ingest",
        "bootstrap/pipeline.py",
        "ahead=settings.ahead, ",
        "",
        "tests/unit/test_settings_reach.py -k ahead",
    ),
    Bug(
        "retention does not reach ingest",
        "bootstrap/pipeline.py",
        "retention=settings.retention",
        "retention=None",
        "tests/unit/test_settings_reach.py -k retention",
    ),
    Bug(
        "uid_key does not reach ingest and erase",
        "bootstrap/pipeline.py",
        '        uid_key=None if settings.uid_key is None else settings.uid_key.encode("utf-8"),\n',
        "",
        "tests/unit/test_settings_reach.py -k uid_key",
    ),
    Bug(
        "erasure_key does not reach erase",
        "bootstrap/pipeline.py",
        '        return settings.erasure_key.encode("utf-8")',
        '        return secret_in(settings.data_dir / "erasure.key")',
        "tests/unit/test_settings_reach.py -k erasure_key",
    ),
    Bug(
        "lines_at_once does not reach ingest",
        "bootstrap/pipeline.py",
        "lines_at_once=settings.lines_at_once",
        "lines_at_once=25_000",
        "tests/unit/test_settings_reach.py -k lines_at_once",
    ),
    Bug(
        "hours_at_once does not reach the roll-up",
        "bootstrap/pipeline.py",
        "hours_at_once=settings.hours_at_once",
        "hours_at_once=48",
        "tests/unit/test_settings_reach.py -k hours_at_once",
    ),
    Bug(
        "rows_at_once does not reach the load",
        "bootstrap/pipeline.py",
        "rows_at_once=settings.rows_at_once",
        "rows_at_once=20_000",
        "tests/unit/test_settings_reach.py -k rows_at_once",
    ),
    Bug(
        "lock_timeout does not reach SQLite",
        "bootstrap/opening.py",
        "Database(url, lock_timeout=self.settings.lock_timeout)",
        "Database(url)",
        "tests/unit/test_settings_reach.py -k lock_timeout",
    ),
    Bug(
        "lock_timeout does not reach DuckDB",
        "bootstrap/opening.py",
        "(file, lock_timeout=self.settings.lock_timeout)",
        "(file)",
        "tests/unit/test_settings_reach.py -k lock_timeout",
    ),
    Bug(
        "spark_from does not reach the engine",
        "bootstrap/engines.py",
        "large_from=opening.settings.spark_from",
        "large_from=500_000",
        "tests/unit/test_settings_reach.py -k spark_from",
    ),
    Bug(
        "spark_jars does not reach Spark",
        "bootstrap/opening.py",
        "jars=self.settings.spark_jars",
        "jars=None",
        "tests/unit/test_settings_reach.py -k spark_jars",
    ),
    Bug(
        "the environment does not count",
        "configuration.py",
        '        ("the environment", _from_environment(environment)),\n',
        "",
        "tests/unit/test_configuration.py",
    ),
    # Filters and periods
    Bug(
        "the period before is compared without the page's filter",
        "app/report.py",
        "warehouse.totals(before, _axes(by), where)",
        "warehouse.totals(before, _axes(by))",
        "tests/unit/app/test_report_filters.py",
    ),
    Bug(
        "the headline is not filtered",
        "app/report.py",
        "[Axis.HOUR, Axis.PUBLISHER], where)",
        "[Axis.HOUR, Axis.PUBLISHER])",
        "tests/unit/app/test_report_filters.py",
    ),
    Bug(
        "the breakdown is not filtered",
        "app/report.py",
        "warehouse.totals(period, _axes(axis), where)",
        "warehouse.totals(period, _axes(axis))",
        "tests/unit/app/test_report_filters.py",
    ),
    Bug(
        "the period before has the period in it",
        "app/report.py",
        "Period(period.start - length, period.start)",
        "Period(period.start - length, period.end)",
        "tests/unit/app/test_report_filters.py",
    ),
    Bug(
        "clicks are exported without the hour in which the period starts",
        "app/export.py",
        "Period(hour_of(period.start), period.end)",
        "Period(period.start, period.end)",
        "tests/unit/app/test_export.py",
    ),
    Bug(
        "exported clicks are not judged by those before their hour",
        "app/export.py",
        "with_those_before({hour: ALL_MINUTES}, repeat_window)",
        "{hour: ALL_MINUTES}",
        "tests/unit/app/test_export.py",
    ),
    Bug(
        "clicks beside the period are exported",
        "app/export.py",
        " and click.time in period)",
        ")",
        "tests/unit/app/test_export.py",
    ),
    Bug(
        "the end belongs to a period",
        "domain/times.py",
        "return self.start <= time < self.end",
        "return self.start <= time <= self.end",
        "tests/unit/app/test_export.py",
    ),
    Bug(
        "the end of a period is not read",
        "cli/options.py",
        "end or always.end)",
        "always.end)",
        "tests/unit/cli/test_usage.py -k period",
    ),
    Bug(
        "figures of the live page are not broken down as asked",
        "app/reader.py",
        "                by=Axis[question.by.upper()],\n",
        "",
        "tests/unit/app/test_reader_questions.py",
    ),
    Bug(
        "the live page shows the budgets of others",
        "app/reader.py",
        " if belongs(use.budget, where)]",
        "]",
        "tests/unit/app/test_reader_questions.py",
    ),
    Bug(
        "the live page has one length of period",
        "app/reader.py",
        "                length=question.length,\n",
        "",
        "tests/unit/app/test_reader.py",
    ),
    Bug(
        "budgets are not filtered",
        "app/reader.py",
        "levels=levels, where=where",
        "levels=levels",
        "tests/unit/cli/test_budgets.py",
    ),
    Bug(
        "budgets of all levels are shown",
        "cli/show.py",
        "levels=levels, where",
        "where",
        "tests/unit/cli/test_budgets.py",
    ),
    Bug(
        "the report has days of UTC only",
        "cli/show.py",
        "by=axis, zone=zone)",
        "by=axis)",
        "tests/unit/cli/test_show.py",
    ),
    # Hours, ties and borders
    Bug(
        "repeats are found without an order of clicks at one time",
        "domain/validity.py",
        "key=lambda click: (click.time, click.id)",
        "key=lambda click: click.time",
        "tests/unit/adapters/python/test_engine.py -k microsecond",
    ),
    Bug(
        "DuckDB puts clicks at one time into any order",
        "adapters/duckdb/engine.py",
        "ORDER BY time, id) < $window",
        "ORDER BY time) < $window",
        "tests/unit/adapters/duckdb/test_engine.py -k microsecond",
    ),
    Bug(
        "exported clicks at one time are in any order",
        "app/export.py",
        "key=lambda click: (click.time, click.id)",
        "key=lambda click: click.time",
        "tests/unit/app/test_export.py",
    ),
    Bug(
        "the end belongs to the window",
        "domain/validity.py",
        "- last[visit] < window",
        "- last[visit] <= window",
        "tests/unit/adapters/python/test_engine.py -k end_of_the_window",
    ),
    Bug(
        "the end belongs to the window of DuckDB",
        "adapters/duckdb/engine.py",
        "ORDER BY time, id) < $window",
        "ORDER BY time, id) <= $window",
        "tests/unit/adapters/duckdb/test_engine.py -k end_of_the_window",
    ),
    Bug(
        "DuckDB judges scattered hours by their own clicks",
        "adapters/duckdb/engine.py",
        '"hour IN (SELECT unnest($read))"',
        '"hour IN (SELECT unnest($hours)) AND len($read) > 0"',
        "tests/unit/adapters/duckdb/test_engine.py -k consecutive",
    ),
    Bug(
        "the engine in Python judges hours by their own clicks",
        "adapters/python/engine.py",
        "with_those_before(wanted, self._repeat_window)",
        "dict(wanted)",
        "tests/unit/adapters/python/test_engine.py -k consecutive",
    ),
    Bug(
        "the oldest hours are rolled up first",
        "app/roll_up.py",
        "sorted(dirty, reverse=True)[:max_hours]",
        "sorted(dirty)[:max_hours]",
        "tests/unit/app/test_roll_up.py",
    ),
    # Defaults, masks and bounds
    Bug(
        "a window longer than the hour before is taken",
        "configuration.py",
        "if window > HOUR:",
        "if window > 2 * HOUR:",
        "tests/unit/cli/test_hostile_values.py -k ends_of",
    ),
    Bug(
        "a duration leaves the calendar",
        "configuration.py",
        "timedelta(days=36_500)",
        "timedelta.max",
        "tests/unit/cli/test_hostile_values.py -k ends_of",
    ),
    Bug(
        "a count has no end",
        "configuration.py",
        "<= LARGEST:",
        "<= 10**10:",
        "tests/unit/cli/test_hostile_values.py -k ends_of",
    ),
    Bug(
        "a port has no end",
        "cli/options.py",
        "_LARGEST_PORT: Final = 65535",
        "_LARGEST_PORT: Final = 99999",
        "tests/unit/cli/test_hostile_values.py -k metrics",
    ),
    Bug(
        "a folder with %20 is two folders",
        "configuration.py",
        "sqlite:///{quote(str(self.data_dir))}",
        "sqlite:///{self.data_dir}",
        "tests/unit/cli/test_hostile_values.py -k embedded",
    ),
    Bug(
        "a lake in memory is taken",
        "bootstrap/opening.py",
        'name.startswith(":memory:") or ',
        "",
        "tests/unit/cli/test_hostile_values.py -k hostile_url",
    ),
    Bug(
        "a visitor that is no text fails inside",
        "cli/manage.py",
        "type=Visitor(),",
        "",
        "tests/unit/cli/test_hostile_values.py -k utf8",
    ),
    Bug(
        "a change is told the wrong way round",
        "adapters/html/headline.py",
        "change(now.clicks, before.clicks)",
        "change(before.clicks, now.clicks)",
        "tests/unit/adapters/html/test_headline.py",
    ),
    Bug(
        "the qualified rate is of clicks",
        "domain/kpi.py",
        "ratio(measures.qualified, measures.conversions)",
        "ratio(measures.qualified, measures.clicks)",
        "tests/unit/domain/test_kpi.py",
    ),
]
