"""Replay: give dead letters another chance, after the rules, the limits or the clocks were mended."""

from collections.abc import Sequence

import attrs

from admetrics.app import storing
from admetrics.app.intake import Intake, ReadLine
from admetrics.domain.dead_letter import DeadLetter
from admetrics.domain.event import Event
from admetrics.domain.message import decode_row
from admetrics.domain.rejection import Reason, Rejection
from admetrics.domain.row import Row
from admetrics.ports.bus import Bus
from admetrics.ports.clock import Clock
from admetrics.ports.dead_letters import DeadLetters
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
    intake: Intake,
) -> Replayed:
    """Read dead letters again: those that are good now go on their way and are removed.

    Args:
        letters: the dead letters to try.
        lake: takes the records that are events now.
        bus: takes the messages that are rows now.
        dead_letters: lose the letters that were accepted.
        clock: tells now, for the limits.
        intake: reads the lines.
    """
    read = intake.at(clock.now())
    results = [(letter, _read(letter, read)) for letter in letters]
    storing.append([result for _, result in results if isinstance(result, Event)], lake=lake)
    bus.publish([result for _, result in results if isinstance(result, Row)])
    accepted = [letter.id for letter, result in results if not isinstance(result, Rejection)]
    dead_letters.remove(accepted)
    return Replayed(len(results), len(accepted), len(results) - len(accepted))


def _read(letter: DeadLetter, read: ReadLine) -> Event | Row | Rejection:
    return decode_row(letter.data) if letter.rejection.reason is Reason.BAD_MESSAGE else read(letter.data)
