"""The parser: a line is decoded, judged by the clock, marked and redacted, alike wherever it comes from."""

import json

import attrs
import pytest

from admetrics.adapters.memory.source import MemorySource
from admetrics.app.parse import LineParser
from admetrics.domain.events.click_flags import ClickFlag, ClickFlagger
from admetrics.domain.events.event import Event
from admetrics.domain.events.record import decode
from admetrics.domain.events.redaction import Redaction
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.times import HOUR as ONE_HOUR
from admetrics.domain.times import TimeLimits
from tests.unit.app.stores import HOUR, NOW, Stores, line

ROBOT = line(1, job_id=1, ua="a robot", dl="https://www.example.com/?token=e7c1")
PARSER = LineParser(
    decode=decode,
    limits_at=TimeLimits.at,
    flagger=ClickFlagger(is_robot="a robot".__eq__),
    redaction=Redaction.TOKENS,
)


def test_a_line_becomes_an_event_marked_and_redacted():
    event = PARSER.at(NOW)(ROBOT)
    assert isinstance(event, Event)
    assert event.marks is ClickFlag.ROBOT
    assert "https://www.example.com/?token=***" in json.loads(event.record)


def test_limits_are_those_of_the_time():
    parser = attrs.evolve(PARSER, limits_at=lambda now: TimeLimits.at(now, max_age=ONE_HOUR))
    assert isinstance(parser.at(HOUR)(ROBOT), Event)
    late = parser.at(HOUR + 2 * ONE_HOUR)(ROBOT)
    assert isinstance(late, Rejection)
    assert late.reason is Reason.TIME_OUT_OF_RANGE


def test_what_is_no_record_is_rejected_with_the_reason_of_the_decoder():
    assert PARSER.at(NOW)(b"[1]") == decode(b"[1]")


def ingest(stores, lines, parser):
    stores.pipeline(parser=parser).ingest(MemorySource(lines))


def ingest_a_batch(stores, lines, parser):
    stores.pipeline(parser=parser).ingest_batch(MemorySource(lines))


def replay(stores, lines, parser):
    refusing = attrs.evolve(parser, limits_at=lambda now: TimeLimits.at(now, earliest=NOW))
    stores.pipeline(parser=refusing).ingest(MemorySource(lines))
    stores.clock.advance(ONE_HOUR)
    stores.pipeline(parser=parser).replay(list(stores.dead_letters.all()))


@pytest.mark.parametrize("service", [ingest, ingest_a_batch, replay])
def test_every_service_takes_lines_in_by_it_at_its_own_time(service):
    seen = []

    def limits_at(now):
        seen.append(now)
        return TimeLimits.at(now)

    stores = Stores()
    service(stores, [ROBOT], attrs.evolve(PARSER, limits_at=limits_at))
    (event,) = stores.lake._events[HOUR].values()
    assert event == PARSER.at(NOW)(ROBOT)
    assert set(seen) == {stores.clock.now()}
