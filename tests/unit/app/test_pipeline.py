"""The pipeline as a whole: whatever the order, the split, the repeats and the interleaving, one table comes out."""

from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admetrics.adapters.memory.source import MemorySource
from admetrics.domain.dimensions import Dimensions, Job
from admetrics.domain.rollup.fold import fold_hours
from admetrics.domain.rollup.minutes import MinuteSet
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import hour_of
from admetrics.testing import strategies as some
from tests.unit.app.stores import ALWAYS, HOUR, KilledError, Stores, event_of, fuses, line, line_of, settle


def batch_fold(events, companies):
    """The table by one fold over everything: what the pipeline means."""
    winners = [winner(copy for copy in events if copy.id == each) for each in {event.id for event in events}]
    cells = fold_hours(winners, {hour_of(event.time) for event in winners}, repeat_window=REPEAT_WINDOW)
    return {cell: (measures, companies.get(cell.job)) for cell, measures in cells.items()}


STEPS = ("ingest", "roll up", "load", "other roll up", "import", "rebuild", "reconcile")


@settings(deadline=None)
@given(
    some.batches(max_events=10, revisions=1),
    st.lists(st.sampled_from(STEPS), max_size=25),
    st.lists(st.tuples(some.job_ids(), some.companies()), max_size=4),
)
def test_any_interleaving_gives_the_table_of_one_batch_fold(batches, steps, moves):
    stores, companies = Stores(), dict[int, int | None]()
    one, other = stores.pipeline(rollup_batch_hours=1), stores.pipeline()
    sources = iter([MemorySource(map(line_of, batch), place=str(number)) for number, batch in enumerate(batches)])
    imports = iter(moves)
    for step in steps:
        match step:
            case "ingest" if source := next(sources, None):
                one.ingest(source)
            case "roll up":
                one.roll_up_once()
            case "other roll up":
                other.roll_up_once()
            case "load":
                one.load_batch()
            case "import" if move := next(imports, None):
                companies |= dict([move])
                one.import_dimensions(Dimensions(jobs=(Job(move[0], company=move[1]),)))
            case "rebuild":
                one.rebuild(ALWAYS)
            case "reconcile":
                assert one.reconcile(ALWAYS).differences == ()
    for source in sources:
        other.ingest(source)
    settle(one)
    events = [event_of(line_of(event)) for batch in batches for event in batch]
    assert stores.table() == batch_fold(events, companies)
    assert sum(outcome.events for outcome in stores.lake.outcomes(ALWAYS)) == len({event.id for event in events})


@settings(deadline=None)
@given(some.batches(revisions=1), st.randoms(use_true_random=False))
def test_the_same_records_in_any_order_split_and_number_give_the_same_table(batches, random):
    lines = [line_of(event) for batch in batches for event in batch]
    again = [*lines, *random.choices(lines, k=3)] if lines else []
    random.shuffle(again)
    one, other = Stores(), Stores()
    settle(one.pipeline(), MemorySource(lines))
    settle(other.pipeline(ingest_batch_size=2, rollup_batch_hours=1), MemorySource(again))
    assert one.table() == other.table()


def test_a_tick_runs_each_stage_once():
    stores = Stores()
    ticked = stores.pipeline().tick(MemorySource([line(1, job_id=1)]))
    assert (ticked.ingested.accepted, ticked.rolled_up.published, ticked.loaded.written) == (1, 1, 1)
    assert ticked.more
    assert len(stores.table()) == 1
    assert not stores.pipeline().tick().more


def test_a_tick_does_what_an_import_that_crashed_left_undone():
    stores = Stores()
    settle(stores.pipeline(), MemorySource([line(1, job_id=1)]))
    stores.dimensions.put(Dimensions(jobs=(Job(1, company=7),)))
    settle(stores.pipeline())
    assert [company for _, company in stores.table().values()] == [7]


def test_a_tick_that_crashes_at_any_effect_is_made_good():
    lines = [line(1, job_id=1), line(2, job_id=2), b"{", line(1, job_id=2)]
    clean = Stores()
    settle(clean.pipeline(), MemorySource(lines))

    def run(fuse, stores=None, source=None):
        (stores or Stores()).pipeline(fuse.wrap).tick(fuse.wrap(source or MemorySource(lines)))

    for fuse in fuses(run):
        stores, source = Stores(), MemorySource(lines)
        with pytest.raises(KilledError):
            run(fuse, stores, source)
        source.rewind()
        settle(stores.pipeline(), source)
        assert stores.table() == clean.table()
        assert stores.dead_letters.count() == clean.dead_letters.count()


def test_personal_data_stays_in_the_lake_and_the_dead_letters():
    secret = "c0ffee-visitor"
    personal: dict[str, Any] = {
        "uid": secret,
        "ua": secret,
        "dl": f"https://careers.example.com/?token={secret}&jobId=1",
    }
    stores, source = Stores(), MemorySource([line(1, **personal), line(2, bid=-1, **personal), line(3, job_id=1)])
    pipeline = stores.pipeline()
    pipeline.ingest(source)
    pipeline.roll_up()
    assert not any(secret.encode() in message for message in stores.log.waiting.values())
    settle(pipeline)
    pipeline.reconcile(ALWAYS)
    shown = [*stores.warehouse.rows(ALWAYS), *stores.warehouse.accounting(ALWAYS), *stores.dead_letters.all()]
    assert len(shown) > 2
    assert secret not in repr([shown, source.poll(at_most=1), stores.lake.scan({HOUR: MinuteSet.of(0)})])


def test_a_pipeline_closes_what_it_opened():
    closed: list[str] = []
    with Stores().pipeline() as pipeline:
        pipeline._resources.callback(closed.append, "lake")
    assert closed == ["lake"]
    pipeline.close()
    assert closed == ["lake"]


def test_requests_have_names_of_their_own():
    """A name that was used before would be taken for handled."""
    stores = Stores()
    names: list[str] = []

    class Noting:
        def __getattr__(self, name):
            return getattr(stores.checkpoints, name)

        def reopen(self, batch, **options):
            names.append(batch)
            return stores.checkpoints.reopen(batch, **options)

    pipeline = stores.pipeline(checkpoints=Noting())
    settle(pipeline, MemorySource([line(1, job_id=1)]))
    for _ in range(3):
        pipeline.rebuild(ALWAYS)
    assert len(set(names)) == 3


def test_stores_can_be_evolved():
    """The tests of lost stores rest on it."""
    stores = Stores()
    assert attrs.evolve(stores, lake=stores.lake).warehouse is stores.warehouse
