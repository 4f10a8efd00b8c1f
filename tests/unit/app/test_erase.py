"""Erasure: nobody is left who was erased, no figure changes, and nobody comes back."""

import json

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admetrics.adapters.memory.source import MemorySource
from admetrics.app.erase import Erased
from admetrics.domain.errors import ConfigurationError, InputError
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.erasure import NOBODY, hashed_uid, pseudonym
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.rollup.minutes import MinuteSet
from admetrics.domain.times import TimeLimits
from admetrics.testing import strategies as some
from admetrics.testing.strategies import FEW_HOURS
from tests.unit.app.stores import ALWAYS, NOW, KilledError, Stores, fuses, line, line_of, settle

KEY = b"a secret of the tests"
U1 = pseudonym("u1", key=KEY)
TOO_EARLY = TimeLimits.at(NOW, earliest=NOW)


def pipeline_of(stores, wrap=lambda port: port, **options):
    return stores.pipeline(wrap, **{"erasure_key": lambda: KEY, **options})


def visitors(stores):
    """Who is known in the lake."""
    return {event.uid for copies in stores.lake._events.values() for event in copies.values()}


def ingested(stores, lines, **options):
    return pipeline_of(stores, **options).ingest(MemorySource(lines))


@settings(deadline=None)
@given(
    st.one_of(some.batches(max_events=10, revisions=1), some.visits()),
    st.lists(st.sampled_from(["ingest", "erase", "roll up", "again"]), max_size=8),
    st.sets(st.sampled_from(["u1", "u2", "tester"])),
)
def test_figures_are_those_of_a_lake_in_which_nobody_was_erased(batches, steps, chosen):
    """Whenever they are erased, and whatever is read before, after and again: late clicks are repeats as ever."""
    stores, plain = Stores(), Stores()
    lines = [[line_of(event) for event in batch] for batch in batches]
    settle(plain.pipeline(), MemorySource([each for batch in lines for each in batch]))
    pipeline, coming = pipeline_of(stores), list(lines)
    for step in steps:
        if step == "ingest" and coming:
            pipeline.ingest(MemorySource(coming.pop(0)))
        elif step == "erase":
            pipeline.erase(chosen)
        elif step == "roll up":
            settle(pipeline)
        else:
            pipeline.ingest(MemorySource(lines[0] if lines else []))
    pipeline.erase(chosen)
    settle(pipeline, MemorySource([each for batch in coming for each in batch]))
    assert stores.table() == plain.table()
    assert list(stores.lake.outcomes(ALWAYS)) == list(plain.lake.outcomes(ALWAYS))
    assert pipeline.reconcile(ALWAYS).differences == ()
    assert chosen.isdisjoint(visitors(stores))


def test_what_is_left_of_an_erased_event_is_what_figures_need():
    stores = Stores()
    ingested(stores, [line(1, uid="u1", ua="agent", dl="https://jobs.example/?jobId=7"), line(2, uid="u2", job_id=7)])
    (before, _) = stores.lake._events[FEW_HOURS.start].values()
    assert pipeline_of(stores).erase(["u1"]) == Erased(visitors=1, events=1, dead_letters=0)
    after, other = stores.lake._events[FEW_HOURS.start].values()
    assert after.interaction() == attrs.evolve(before.interaction(), uid=U1)
    assert (after.record, after.fingerprint) == ("", before.fingerprint)
    assert "u2" in other.record


def test_a_record_that_is_read_again_changes_nothing():
    stores = Stores()
    log = [line(number, uid="u1", job_id=1) for number in range(3)]
    ingested(stores, log)
    pipeline_of(stores).erase(["u1"])
    before = dict(stores.lake._events[FEW_HOURS.start])
    ingested(stores, log)
    assert stores.lake._events[FEW_HOURS.start] == before


def test_visitors_are_hashed_on_their_way_in_erased_or_not():
    stores, secret = Stores(), b"a secret for visitors"
    ingested(stores, [line(1, uid="u1"), line(2, uid="u2")], uid_key=secret)
    assert visitors(stores) == {hashed_uid("u1", key=secret), hashed_uid("u2", key=secret)}
    pipeline_of(stores, uid_key=secret).erase(["u1"])
    ingested(stores, [line(1, uid="u1"), line(3, uid="u1"), line(4, uid="u2")], uid_key=secret)
    assert U1 in visitors(stores)
    assert {"u1", "u2", hashed_uid("u1", key=secret)}.isdisjoint(visitors(stores))


def test_who_is_erased_while_their_events_are_stored_is_gone_too():
    """The erasure looks for them before the lake shows them, and after the look into the register."""
    stores = Stores()

    class Slow:
        def __getattr__(self, name):
            return getattr(stores.lake, name)

        def append(self, events):
            if not stores.lake.erased():
                pipeline_of(stores).erase(["u1"])
            return stores.lake.append(events)

    ingested(stores, [line(1, uid="u1"), line(2, uid="u2")], lake=Slow())
    assert visitors(stores) == {U1, "u2"}


def test_dead_letters_of_the_erased_are_removed_and_stay_away():
    bad = [
        line(1, uid="u1", bid="much"),
        line(2, uid="u2", bid="much"),
        line(3, uid="u1")[:-1],  # torn: any of its words may be the visitor
        b'["u1", "u3"]',
        line(4, uid="u11")[:-1],
        line(5, uid=None, ua="u1", bid="much"),  # of somebody unknown
    ]
    stores = Stores()
    assert ingested(stores, bad).dead_letters == len(bad)
    assert pipeline_of(stores).erase(["u1"]) == Erased(visitors=1, events=0, dead_letters=3)
    left = [letter.data for letter in stores.dead_letters.all()]
    assert left == [bad[1], bad[4], bad[5]]
    assert ingested(stores, bad).dead_letters == len(bad), "the books close: they are counted, and not kept"
    assert [letter.data for letter in stores.dead_letters.all()] == left


def test_a_dead_letter_that_is_replayed_comes_in_without_its_visitor():
    """It was refused before its visitor was erased, and removed by nobody: as with letters that are kept elsewhere."""
    stores = Stores()
    ingested(stores, [line(1, uid="u1", job_id=1)], limits=TOO_EARLY)
    letters = list(stores.dead_letters.all())
    pipeline = pipeline_of(stores)
    assert pipeline.erase(["u1"]).dead_letters == 1
    assert pipeline.replay(letters).accepted == 1
    assert visitors(stores) == {U1}


@pytest.mark.parametrize("before", [None, b"a secret for uid"])
def test_erased_visitors_are_known_again_whether_they_were_hashed_or_not(before):
    """Hashing may be switched on between their first record and their erasure."""
    stores, later = Stores(), b"a secret for uid"
    ingested(stores, [line(1, uid="u1"), line(2, uid="u2")], uid_key=before)
    assert pipeline_of(stores, uid_key=b"a secret for uid").erase(["u1"]).events == 1
    ingested(stores, [line(1, uid="u1"), line(3, uid="u1")], uid_key=later)
    assert sum(event.uid == U1 for event in stores.lake.scan({FEW_HOURS.start: MinuteSet.of(0)})) == 2


def test_hashing_that_was_switched_on_in_between_is_told_before_a_figure_changes():
    stores, secret = Stores(), b"a secret for uid"
    settle(pipeline_of(stores), MemorySource([line(1, uid="u1", job_id=1), line(3, uid="u2", job_id=1)]))
    pipeline = pipeline_of(stores, uid_key=secret)
    settle(pipeline, MemorySource([line(2, uid="u1", job_id=1)]))
    before, known, noted = stores.table(), visitors(stores), set(stores.lake.erased())
    assert known == {"u1", "u2", hashed_uid("u1", key=secret)}
    with pytest.raises(InputError, match=r"^1 of these visitors .* figures may change; nothing was changed.*--merge$"):
        pipeline.erase(["u1", "u2"])
    assert (visitors(stores), set(stores.lake.erased())) == (known, noted)
    assert pipeline.erase(["u2"]).events == 1, "who has one name is erased as ever"
    assert pipeline.erase(["u1"], merge=True).events == 2
    settle(pipeline)
    assert stores.table() != before, "a repeat is found now"
    assert pipeline.reconcile(ALWAYS).differences == (), "and the warehouse knows it"


def test_whoever_was_erased_under_one_name_and_is_found_under_another_is_told_too():
    stores, secret = Stores(), b"a secret for uid"
    ingested(stores, [line(1, uid="u1")])
    pipeline_of(stores).erase(["u1"])
    stores.lake.append([some.click_at(NOW, number=9, uid=hashed_uid("u1", key=secret))])
    with pytest.raises(InputError, match="--merge"):
        pipeline_of(stores, uid_key=secret).erase(["u1"])


def test_dead_letters_are_removed_a_portion_at_a_time():
    stores = Stores()
    bad = [b'{"uid": "u 1", ' + b"x" * 2**20 for _ in range(20)]
    ingested(stores, bad)
    removed = []

    class Noting:
        def __getattr__(self, name):
            return getattr(stores.dead_letters, name)

        def remove(self, ids):
            removed.append(len(ids))
            stores.dead_letters.remove(ids)

    assert pipeline_of(stores, dead_letters=Noting()).erase(["u 1"]).dead_letters == 20
    assert max(removed) <= 8
    assert ingested(stores, [b'{"uid": "u 1", ']).dead_letters == 1
    assert list(stores.dead_letters.all()) == [], "known again by its pseudonym"


@pytest.mark.parametrize("other", [None, b"another secret for uid"])
@pytest.mark.parametrize(
    "work",
    [
        lambda pipeline: pipeline.ingest(MemorySource([line(2, uid="u2")])),
        lambda pipeline: pipeline.erase(["u1"]),
        lambda pipeline: pipeline.key_events(),
    ],
    ids=["ingest", "erase", "key"],
)
def test_a_lake_whose_visitors_are_hashed_takes_nothing_with_another_key_or_none(work, other):
    """Visitors would be stored as they came, and a record without an id would be two events when it is read again."""
    stores, secret = Stores(), b"a secret for uid"
    ingested(stores, [line(1, uid="u1")], uid_key=secret)
    with pytest.raises(ConfigurationError, match="uid_key"):
        work(pipeline_of(stores, uid_key=other))
    assert visitors(stores) == {hashed_uid("u1", key=secret)}


def test_a_lake_is_put_under_a_new_key_once_before_anything_is_stored_with_it():
    stores, secret = Stores(), b"a secret for uid"
    told: list[float] = []
    log = [line(number, uid="u1", create_time="made", ts="2026-03-01 22:00:00", job_id=1) for number in range(3)]
    ingested(stores, log)
    pipeline_of(stores, uid_key=secret).key_events(on_progress=told.append)
    assert told == [1]
    assert visitors(stores) == {"u1"}
    ingested(stores, log, uid_key=secret)
    assert [event.keyed for event in stores.lake._events[FEW_HOURS.start].values()] == [True]
    assert visitors(stores) == {hashed_uid("u1", key=secret)}, "it is one event, and now it is hashed"
    pipeline_of(stores, uid_key=secret).key_events(on_progress=told.append)
    assert told == [1], "there was nothing to do"


def test_without_a_key_there_is_nothing_to_put_events_under():
    with pytest.raises(ConfigurationError, match="configure a uid_key"):
        Stores().pipeline().key_events()


def test_a_kill_while_a_lake_is_put_under_a_key_is_made_good_by_the_next_try():
    log = [line(1, uid="u1", job_id=1), line(2, uid="u2", create_time="made", ts="2026-03-01 22:00:00", job_id=1)]

    def with_events():
        stores = Stores()
        ingested(stores, log)
        return stores

    def run(fuse, stores=None):
        ingested(stores or with_events(), log, wrap=fuse.wrap, uid_key=b"a secret for uid")

    whole = with_events()
    ingested(whole, log, uid_key=b"a secret for uid")
    for fuse in fuses(run):
        stores = with_events()
        with pytest.raises(KilledError):
            run(fuse, stores)
        ingested(stores, log, uid_key=b"a secret for uid")
        assert stores.lake._events == whole.lake._events


def test_numbers_are_visitors_too():
    stores = Stores()
    ingested(stores, [line(1, uid=7), line(2, uid="7"), line(3, uid=77)])
    assert pipeline_of(stores).erase(["7"]).events == 2
    assert visitors(stores) == {pseudonym("7", key=KEY), "77"}


def test_the_register_holds_no_visitor_and_says_which_secret_it_was_made_with():
    stores = Stores()
    pipeline_of(stores).erase(["u1", "u2"])
    noted = set(stores.lake.erased())
    assert noted == {pseudonym(each, key=KEY) for each in ("u1", "u2", NOBODY)}
    assert not any("u1" in each for each in noted)


@pytest.mark.parametrize(
    "work",
    [
        lambda pipeline: pipeline.ingest(MemorySource([line(1, uid="u1")])),
        lambda pipeline: pipeline.ingest(MemorySource([b"{"])),
        lambda pipeline: pipeline.replay([DeadLetter("a", 1, b"{", Rejection(Reason.BAD_BID, "then"), NOW)]),
        lambda pipeline: pipeline.erase(["u2"]),
    ],
    ids=["ingest", "ingest a bad record", "replay", "erase"],
)
def test_with_another_secret_nothing_is_stored(work):
    """Those who were erased would come back unnoticed."""
    stores = Stores()
    pipeline_of(stores).erase(["u1"])
    with pytest.raises(ConfigurationError, match="with another secret"):
        work(pipeline_of(stores, erasure_key=lambda: b"another secret"))
    assert visitors(stores) == set()
    assert list(stores.dead_letters.all()) == []


def test_without_a_secret_a_lake_works_until_somebody_is_to_be_erased():
    stores = Stores()
    assert stores.pipeline().ingest(MemorySource([line(1, uid="u1")])).accepted == 1
    with pytest.raises(ConfigurationError, match="erasure_key"):
        stores.pipeline().erase(["u1"])
    assert visitors(stores) == {"u1"}
    assert list(stores.lake.erased()) == []


def test_a_kill_at_any_effect_and_another_try_erase_everything():
    log = [line(1, uid="u1", job_id=1), line(2, uid="u1", job_id=1), line(3, uid="u1", bid="much")]

    def with_events():
        stores = Stores()
        ingested(stores, log)
        return stores

    def run(fuse, stores=None):
        pipeline_of(stores or with_events(), fuse.wrap).erase(["u1"])

    for fuse in fuses(run):
        stores = with_events()
        with pytest.raises(KilledError):
            run(fuse, stores)
        if U1 in stores.lake.erased():
            ingested(stores, log)
            assert [letter for letter in stores.dead_letters.all() if letter.seen > NOW] == []
        pipeline_of(stores).erase(["u1"])
        assert visitors(stores) == {U1}
        assert list(stores.dead_letters.all()) == []


class ErasesMeanwhile:
    """A port in front of which somebody is erased just before, or just after, something is stored."""

    kind = "Memory"

    def __init__(self, port, method, erase, *, after):
        self._port, self._method, self._erase, self._after = port, method, erase, after

    def __getattr__(self, name):
        method = getattr(self._port, name)
        if name != self._method:
            return method

        def call(*arguments):
            if self._after:
                result = method(*arguments)
                self._erase()
                return result
            self._erase()
            return method(*arguments)

        return call


@pytest.mark.parametrize("after", [False, True])
def test_an_erasure_while_a_batch_is_being_stored_misses_nothing(after):
    """The batch was looked at when nobody was erased; the search was over before it was stored, or not."""
    stores = Stores()
    pipeline = pipeline_of(stores)

    def erase():
        pipeline.erase(["u1"])

    pipeline_of(
        stores,
        lake=ErasesMeanwhile(stores.lake, "append", erase, after=after),
        dead_letters=ErasesMeanwhile(stores.dead_letters, "put", lambda: None, after=after),
    ).ingest(MemorySource([line(1, uid="u1"), line(2, uid="u1", bid="much")]))
    assert visitors(stores) == {U1}
    assert list(stores.dead_letters.all()) == []


@pytest.mark.parametrize("after", [False, True])
def test_an_erasure_while_dead_letters_are_being_kept_misses_none(after):
    stores = Stores()
    pipeline = pipeline_of(stores)
    dead_letters = ErasesMeanwhile(stores.dead_letters, "put", lambda: pipeline.erase(["u1"]), after=after)
    bad = [line(1, uid="u1", bid="much"), line(2, uid="u2", bid="much")]
    pipeline_of(stores, dead_letters=dead_letters).ingest(MemorySource(bad))
    assert [json.loads(letter.data)["uid"] for letter in stores.dead_letters.all()] == ["u2"]
