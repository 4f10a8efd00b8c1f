"""The pipeline: the services over the ports of one configuration. This is what the library hands to its users."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from datetime import timedelta
from typing import Self

import attrs

from admetrics.app.erase import Erased, ErasingDeadLetters, ErasingLake, ErasureRegistry, Key, erase, no_key
from admetrics.app.import_dimensions import Imported, acknowledge_changes, import_dimensions
from admetrics.app.ingest import (
    DeadLetterLimit,
    Ingested,
    ParsedBatch,
    ingest,
    next_batch,
    rewound_on_failure,
    store,
)
from admetrics.app.lake_identity import check_lake
from admetrics.app.load import Loaded, load
from admetrics.app.parse import LineParser
from admetrics.app.prune import Pruned, prune
from admetrics.app.reader import Reader
from admetrics.app.rebuild import Rebuilt, rebuild
from admetrics.app.reconcile import Reconciled, reconcile
from admetrics.app.replay import Replayed, replay
from admetrics.app.roll_up import RolledUp, roll_up
from admetrics.app.tick import Ticked
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.errors import ConfigurationError
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.times import Period
from admetrics.ports.bulk import Bulk
from admetrics.ports.bus import Bus
from admetrics.ports.checkpoints import Checkpoints
from admetrics.ports.clock import Clock
from admetrics.ports.dead_letters import DeadLetters
from admetrics.ports.dimensions import DimensionStore
from admetrics.ports.engine import Engine
from admetrics.ports.lake import Lake
from admetrics.ports.source import Source
from admetrics.ports.warehouse import Warehouse


def _never() -> bool:
    return False


def _ignore(_figures: object) -> None:
    pass


def _limit(at_most: int | DeadLetterLimit | None) -> DeadLetterLimit:
    return at_most if isinstance(at_most, DeadLetterLimit) else DeadLetterLimit(at_most)


@attrs.frozen(kw_only=True)
class Pipeline:
    """The services over one set of adapters; a context manager that closes them.

    Args:
        lake: holds every event.
        engine: recomputes hours.
        dimensions: what the ids stand for.
        checkpoints: what the roll-up protocol remembers.
        bus: takes rows to the warehouse.
        warehouse: holds the result.
        dead_letters: hold what could not be used.
        clock: tells the time.
        parser: reads raw lines.
        new_request: makes a name that was never used before.
        ingest_batch_size: the size of an ingest batch.
        rollup_batch_hours: the most hours that one roll-up recomputes.
        load_batch_size: the most messages that one load takes.
        dead_letter_limit: how many dead letters a run of ingest may have; None: any number.
        bulk: recomputes and publishes many rows by itself; None: the engine and the bus do it all.
        erasure_key: finds the secret by which erased visitors are known again.
        uid_key: the secret with which visitors are hashed on their way into the lake; None: they are not.
        currencies: the codes of what dimension tables call currencies, these in lower case.
    """

    lake: Lake
    engine: Engine
    dimensions: DimensionStore
    checkpoints: Checkpoints
    bus: Bus
    warehouse: Warehouse
    dead_letters: DeadLetters
    clock: Clock
    parser: LineParser
    new_request: Callable[[], str]
    ingest_batch_size: int
    rollup_batch_hours: int
    load_batch_size: int
    dead_letter_limit: DeadLetterLimit = attrs.field(default=None, converter=_limit)
    bulk: Bulk | None = None
    erasure_key: Key = attrs.field(default=no_key, repr=False)
    uid_key: bytes | None = attrs.field(default=None, repr=False)
    currencies: Mapping[str, str] = attrs.field(factory=dict)
    _resources: ExitStack = attrs.field(factory=ExitStack, repr=False, eq=False)

    def __enter__(self) -> Self:
        """Return the pipeline."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what the pipeline opened."""
        self.close()

    def close(self) -> None:
        """Close what the pipeline opened; closing twice does nothing."""
        self._resources.close()

    def ingest_batch(self, source: Source) -> Ingested:
        """Move one batch from a source into the lake."""
        check_lake(lake=self.lake, checkpoints=self.checkpoints)
        return ingest(
            source=source,
            lake=ErasingLake(self._registry),
            dead_letters=ErasingDeadLetters(self._registry, self.dead_letters),
            clock=self.clock,
            parser=self.parser,
            at_most=self.ingest_batch_size,
            limit=self.dead_letter_limit,
        )

    def ingest(
        self,
        source: Source,
        *,
        stop: Callable[[], bool] = _never,
        on_batch: Callable[[Ingested], None] = _ignore,
    ) -> Ingested:
        """Move everything that a source has now into the lake.

        While a thread stores a batch, the next one is already polled and sorted out. The order of effects stays that
        of `ingest_batch`: a batch is stored after the one before it, and its position is committed after that.

        Args:
            source: where the records come from.
            stop: asked between batches; True ends the ingest cleanly.
            on_batch: told the figures of each batch.

        Raises:
            InputError: the run has too many dead letters; everything before the batch is stored.
        """
        check_lake(lake=self.lake, checkpoints=self.checkpoints)
        total, limit = Ingested(), self.dead_letter_limit
        lake, letters = ErasingLake(self._registry), ErasingDeadLetters(self._registry, self.dead_letters)
        with rewound_on_failure(source), ThreadPoolExecutor(max_workers=1) as writer:
            some = None if stop() else self._next_batch(source)
            while some is not None and some.figures.lines:
                limit.check(some)
                stored = writer.submit(store, some, lake=lake, dead_letters=letters)
                following = None if stop() else self._next_batch(source)
                stored.result()
                source.commit(some.batch)
                figures = some.figures
                limit.count(figures)
                on_batch(figures)
                total += figures
                some = following
            if some is not None:  # nothing is waiting: a source may note even that, as of files that are still empty
                source.commit(some.batch)
                limit.count(some.figures)
        return total

    def _next_batch(self, source: Source) -> ParsedBatch:
        return next_batch(source=source, clock=self.clock, parser=self.parser, at_most=self.ingest_batch_size)

    def roll_up_once(self) -> RolledUp:
        """Recompute at most `rollup_batch_hours` dirty hours and publish what changed."""
        acknowledge_changes(
            dimensions=self.dimensions, lake=self.lake, checkpoints=self.checkpoints, request=self.new_request()
        )
        return roll_up(
            lake=self.lake,
            engine=self.engine,
            dimensions=self.dimensions,
            checkpoints=self.checkpoints,
            bus=self.bus,
            max_hours=self.rollup_batch_hours,
            bulk=self.bulk,
        )

    def roll_up(self, *, stop: Callable[[], bool] = _never, on_step: Callable[[RolledUp], None] = _ignore) -> RolledUp:
        """Recompute all hours that are dirty now.

        Returns:
            The sums; `dirty` is that of the first step, `version` that of the last.
        """
        total = step = self.roll_up_once()
        on_step(step)
        while step.more and not stop():
            step = self.roll_up_once()
            on_step(step)
            total = RolledUp(
                max(total.version, step.version),
                total.dirty,
                total.claimed + step.claimed,
                total.published + step.published,
            )
        return total

    def load_batch(self) -> Loaded:
        """Move at most `load_batch_size` published rows into the warehouse."""
        return load(
            bus=self.bus,
            warehouse=self.warehouse,
            checkpoints=self.checkpoints,
            dead_letters=self.dead_letters,
            clock=self.clock,
            at_most=self.load_batch_size,
        )

    def load(self, *, stop: Callable[[], bool] = _never) -> Loaded:
        """Move all published rows into the warehouse, and have it sum up a day that is over."""
        total = Loaded()
        while not stop() and (batch := self.load_batch()).read:
            total += batch
        self.warehouse.summarize_day()  # one at a time: figures of the present must not wait for those of the past
        return total

    def tick(self, source: Source | None = None) -> Ticked:
        """Run each stage once: one batch, one roll-up, and a load of what is on the bus.

        Args:
            source: where new records come from; None if they are ingested elsewhere.
        """
        ingested = self.ingest_batch(source) if source is not None else Ingested()
        return Ticked(ingested, self.roll_up_once(), self.load())

    def rebuild(self, period: Period, *, new_lake: bool = False) -> Rebuilt:
        """Make all hours of a period dirty in such a way that every row is published again.

        Args:
            period: which hours.
            new_lake: the figures shall come from this lake, though they came from another one until now.
        """
        if new_lake:
            self.checkpoints.adopt(self.lake.identity(), instead=True)
        return rebuild(
            lake=self.lake,
            warehouse=self.warehouse,
            checkpoints=self.checkpoints,
            period=period,
            request=self.new_request(),
        )

    def reconcile(self, period: Period, *, repair: bool = False) -> Reconciled:
        """Compare the warehouse with the lake; with `repair`, make the hours that differ dirty."""
        return reconcile(
            lake=self.lake,
            engine=self.engine,
            dimensions=self.dimensions,
            checkpoints=self.checkpoints,
            bus=self.bus,
            warehouse=self.warehouse,
            dead_letters=self.dead_letters,
            clock=self.clock,
            period=period,
            repair=self.new_request() if repair else None,
        )

    def replay(self, letters: Iterable[DeadLetter]) -> Replayed:
        """Give dead letters another chance; they are read as they are needed (`dead_letters.all()`)."""
        return replay(
            letters,
            lake=ErasingLake(self._registry),
            bus=self.bus,
            taking=ErasingDeadLetters(self._registry, self.dead_letters),
            dead_letters=self.dead_letters,
            clock=self.clock,
            parser=self.parser,
        )

    def erase(
        self, visitors: Iterable[str], *, merge: bool = False, on_progress: Callable[[float], None] = _ignore
    ) -> Erased:
        """Erase visitors from the lake and the dead letters; no figure changes.

        Args:
            visitors: as column `uid` has them.
            merge: whether figures may change where `uid_key` was set between events of a visitor; else such visitors
                are refused.
            on_progress: is told which part of the lake was gone through, 0 to 1.
        """
        return erase(
            visitors,
            registry=self._registry,
            dead_letters=self.dead_letters,
            merge=merge,
            on_progress=on_progress,
        )

    def key_events(self, *, on_progress: Callable[[float], None] = _ignore) -> None:
        """Put what the lake holds under `uid_key`, as the next batch would do; done again, it finishes what was cut.

        Args:
            on_progress: is told which part of the lake was gone through, 0 to 1; nothing, if there is nothing to do.

        Raises:
            ConfigurationError: there is no `uid_key`, or the lake is under another one.
        """
        if self.uid_key is None:
            raise ConfigurationError("events cannot be put under a key without one: configure a uid_key")
        self._registry.put_under_key(on_progress)

    @property
    def _registry(self) -> ErasureRegistry:
        return ErasureRegistry(lake=self.lake, key=self.erasure_key, uid_key=self.uid_key, decode=self.parser.decode)

    def prune(self, older_than: timedelta) -> Pruned:
        """Forget dead letters and rows of nothing but zeros that are older than an age."""
        return prune(warehouse=self.warehouse, dead_letters=self.dead_letters, clock=self.clock, older_than=older_than)

    @property
    def reader(self) -> Reader:
        """The services that only read, over the same adapters; they are closed with the pipeline."""
        return Reader(
            warehouse=self.warehouse,
            dimensions=self.dimensions,
            open_books=lambda: nullcontext((self.lake, self.dead_letters)),
            clock=self.clock,
        )

    def import_dimensions(self, dimensions: Dimensions) -> Imported:
        """Insert or replace rows of the dimension tables."""
        return import_dimensions(
            dimensions,
            currencies=self.currencies,
            store=self.dimensions,
            lake=self.lake,
            checkpoints=self.checkpoints,
            request=self.new_request(),
        )
