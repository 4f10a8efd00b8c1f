"""Replay: give dead letters another chance, after the rules, the limits or the clocks were fixed."""

from collections.abc import Iterable

import attrs

from admetrics.app import storing
from admetrics.app.parse import LineParser, ReadLine
from admetrics.app.portions import portions
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.event import Event
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.rollup.message import decode_row
from admetrics.domain.rollup.row import Row
from admetrics.ports.bus import Bus
from admetrics.ports.clock import Clock
from admetrics.ports.dead_letters import DeadLetters, TakesDeadLetters
from admetrics.ports.lake import TakesEvents


@attrs.frozen
class Replayed:
    """What a replay did; `read` is always `accepted` + `still_dead`."""

    read: int = 0
    accepted: int = 0
    still_dead: int = 0

    def __add__(self, other: "Replayed") -> "Replayed":
        """Add the figures of two replays."""
        return Replayed(self.read + other.read, self.accepted + other.accepted, self.still_dead + other.still_dead)


def replay(
    letters: Iterable[DeadLetter],
    *,
    lake: TakesEvents,
    bus: Bus,
    taking: TakesDeadLetters,
    dead_letters: DeadLetters,
    clock: Clock,
    parser: LineParser,
) -> Replayed:
    """Read dead letters again: good ones go on their way and are removed, the others say why they are bad now.

    A portion of them at a time, effects first: a crash anywhere leaves letters that can be replayed again.

    Args:
        letters: the dead letters to try; they are read as they are needed.
        lake: takes the records that are events now.
        bus: takes the messages that are rows now.
        taking: takes the new reasons.
        dead_letters: lose the letters that were accepted.
        clock: tells now, for the limits.
        parser: reads the lines.
    """
    read = parser.at(clock.now())
    done = Replayed()
    for portion in portions(letters):
        results = [(letter, _read(letter, read)) for letter in portion]
        storing.append([result for _, result in results if isinstance(result, Event)], lake=lake)
        bus.publish([result for _, result in results if isinstance(result, Row)])
        accepted = [letter.id for letter, result in results if not isinstance(result, Rejection)]
        dead_letters.remove(accepted)
        taking.replace(
            [
                attrs.evolve(letter, rejection=result)
                for letter, result in results
                if isinstance(result, Rejection) and result != letter.rejection
            ]
        )
        done += Replayed(len(results), len(accepted), len(results) - len(accepted))
    return done


def _read(letter: DeadLetter, read: ReadLine) -> Event | Row | Rejection:
    return decode_row(letter.data) if letter.rejection.reason is Reason.BAD_MESSAGE else read(letter.data)
