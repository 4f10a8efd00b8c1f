"""The parts that the settings name, put together."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cache, partial
from uuid import uuid4

import attrs

from admetrics.app.parse import LineParser
from admetrics.app.pipeline import Pipeline
from admetrics.app.reader import Books, Reader
from admetrics.bootstrap.engines import bulk_from, check_engine
from admetrics.bootstrap.opening import Opening
from admetrics.bootstrap.registry import find
from admetrics.configuration import Settings
from admetrics.domain.errors import ConfigurationError
from admetrics.domain.events.click_flags import ClickFlagger
from admetrics.domain.events.page_url import JobPath
from admetrics.domain.times import TimeLimits
from admetrics.ports.bulk import Bulk, BulkEngine, Sink
from admetrics.ports.clock import Clock
from admetrics.ports.lake import ReadBySpark


def open_pipeline(settings: Settings | None = None, *, clock: Clock | None = None, may_create: bool = True) -> Pipeline:
    """Open the parts that the settings name; the result is a context manager.

    Args:
        settings: what is configured (`admetrics.settings()` reads file and environment); None: all embedded.
        clock: tells the time; None: the machine's.
        may_create: whether what is missing is created: folders, files, tables, topics.

    Raises:
        AbsentError: a part is not there, and may not be created.
        ConfigurationError: a URL or a pair of them makes no sense, or its package is not installed.
        BackendError: a part cannot be reached.
    """
    stack = ExitStack()
    try:
        return _pipeline(Opening(settings or Settings(), clock, stack, may_create=may_create))
    except BaseException:
        stack.close()
        raise


def open_reader(settings: Settings | None = None, *, clock: Clock | None = None) -> Reader:
    """Open the warehouse to read from it, also while another process has the lake; the result is a context manager.

    Nothing is created.

    Args:
        settings: what is configured; None: all embedded.
        clock: tells the time; None: the machine's.

    Raises:
        AbsentError: the warehouse is not there.
        ConfigurationError: a URL makes no sense, or its package is not installed.
        BackendError: the warehouse cannot be reached.
    """
    stack = ExitStack()
    try:
        opening = Opening(settings or Settings(), clock, stack, may_create=False)
        return Reader(
            warehouse=opening.part("warehouse"),
            dimensions=opening.part("dimensions"),
            open_books=partial(_open_books, opening.settings, opening.clock),
            clock=opening.clock,
            resources=stack,
        )
    except BaseException:
        stack.close()
        raise


@contextmanager
def _open_books(settings: Settings, clock: Clock) -> Iterator[Books]:
    """Open the lake and the dead letters, without waiting for a process that has them."""
    with ExitStack() as stack:
        opening = Opening(attrs.evolve(settings, lock_timeout=timedelta()), clock, stack, may_create=False)
        yield opening.part("lake"), opening.part("dead_letters")


def _pipeline(opening: Opening) -> Pipeline:
    settings = opening.settings
    check_engine(settings)  # a pair that cannot work is refused before anything is created
    events_from = bulk_from(settings)
    return Pipeline(
        lake=opening.part("lake"),
        warehouse=opening.part("warehouse"),
        engine=opening.part("engine"),
        bulk=_bulk(opening, events_from) if events_from else None,
        dimensions=opening.part("dimensions"),
        checkpoints=opening.part("checkpoints"),
        bus=opening.part("bus"),
        dead_letters=opening.part("dead_letters"),
        clock=opening.clock,
        parser=_parser(settings),
        uid_key=uid_key(settings),
        currencies=dict(settings.currencies),
        new_request=lambda: f"request-{uuid4()}",
        ingest_batch_size=settings.ingest_batch_size,
        rollup_batch_hours=settings.rollup_batch_hours,
        load_batch_size=settings.load_batch_size,
        dead_letter_limit=settings.dead_letter_limit,
        erasure_key=cache(partial(erasure_key, settings)),
        resources=opening.stack,
    )


def _bulk(opening: Opening, events_from: int) -> Bulk:
    lake: ReadBySpark = opening.part("lake")
    engine: BulkEngine = opening.part("engine")
    sink: Sink = opening.part("bus").spark_sink()
    return engine.bulk(sink, estimate=lambda dirty: lake.estimate(engine.wanted(dirty)), events_from=events_from)


def _parser(settings: Settings) -> LineParser:
    from admetrics.adapters.crawlers import is_robot
    from admetrics.adapters.msgspec import decode

    return LineParser(
        decode=decode,
        limits_at=partial(
            TimeLimits.at,
            earliest=settings.earliest,
            max_clock_skew=settings.max_clock_skew,
            max_age=settings.max_age,
            utc_offset=settings.source_utc_offset,
        ),
        flagger=ClickFlagger(
            is_robot=is_robot, internal_hosts=settings.internal_hosts, internal_uids=settings.internal_uids
        ),
        redaction=settings.redact_urls,
        job_paths=tuple(map(JobPath.parse, settings.job_paths)),
    )


def uid_key(settings: Settings) -> bytes | None:
    """Find the secret with which visitors are hashed; None: they are not."""
    return None if settings.uid_key is None else settings.uid_key.encode("utf-8")


def erasure_key(settings: Settings) -> bytes:
    """Find the secret of pseudonyms; that of an embedded lake is made where there is none yet."""
    from admetrics.adapters.files.secret import secret_in

    if settings.erasure_key is not None:
        return settings.erasure_key.encode("utf-8")
    if "embedded" not in find("lake", settings.lake).offers:
        raise ConfigurationError(
            "erasing visitors from a lake on servers needs a secret that every machine knows which writes to it: "
            "set erasure_key (ADMETRICS_ERASURE_KEY) on all of them"
        )
    return secret_in(settings.data_dir / "erasure.key")
