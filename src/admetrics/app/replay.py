"""Replay: give dead letters another chance, after the rules, the limits or the clocks were mended."""

from collections.abc import Callable, Sequence
from functools import partial

import attrs

from admetrics.app.ingest import LimitsAt
from admetrics.domain.classify import classify
from admetrics.domain.dead_letter import DeadLetter
from admetrics.domain.event import Event
from admetrics.domain.marks import NO_MARKS, ClickMarking
from admetrics.domain.message import decode_row
from admetrics.domain.record import Record
from admetrics.domain.redaction import Redaction
from admetrics.domain.rejection import Reason, Rejection
from admetrics.domain.row import Row
from admetrics.ports.bus import Bus
from admetrics.ports.clock import Clock
from admetrics.ports.dead_letters import DeadLetters
from admetrics.ports.decoder import Decoder
from admetrics.ports.lake import TakesEvents


@attrs.frozen
class Replayed:
    """What a replay did; `read` is always `accepted` + `still_dead`."""

    read: int
    accepted: int
    still_dead: int


def replay(
    letters: Sequence[DeadLetter],
    *,
    lake: TakesEvents,
    bus: Bus,
    dead_letters: DeadLetters,
    clock: Clock,
    decode: Decoder,
    limits_at: LimitsAt,
    marking: ClickMarking = NO_MARKS,
    redaction: Redaction = Redaction.OFF,
) -> Replayed:
    """Read dead letters again: those that are good now go on their way and are removed.

    Args:
        letters: the dead letters to try.
        lake: takes the records that are events now.
        bus: takes the messages that are rows now.
        dead_letters: lose the letters that were accepted.
        clock: tells now, for the limits.
        decode: reads a line.
        limits_at: computes the times that are accepted.
        marking: what is noted of clicks.
        redaction: what is cut out of URLs.
    """
    read = partial(classify, limits=limits_at(clock.now()), marking=marking, redaction=redaction)
    results = [(letter, _read(letter, decode, read)) for letter in letters]
    lake.append([result for _, result in results if isinstance(result, Event)])
    bus.publish([result for _, result in results if isinstance(result, Row)])
    accepted = [letter.id for letter, result in results if not isinstance(result, Rejection)]
    dead_letters.remove(accepted)
    return Replayed(len(results), len(accepted), len(results) - len(accepted))


def _read(letter: DeadLetter, decode: Decoder, read: Callable[[Record], Event | Rejection]) -> Event | Row | Rejection:
    if letter.rejection.reason is Reason.BAD_MESSAGE:
        return decode_row(letter.data)
    record = decode(letter.data)
    return record if isinstance(record, Rejection) else read(record)
