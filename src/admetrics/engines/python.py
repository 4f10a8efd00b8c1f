"""The reference engine: the domain's fold over any lake, with its own folds of minutes kept between roll-ups."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, groupby
from typing import Final, Self

import attrs

from admetrics.domain.events.event import Interaction
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.fold import Fold, fold, merge
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinutesByHour, MinuteSet, minutes_of, with_those_before
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.repeats import REPEAT_WINDOW, last_of_pairs, repeats_among
from admetrics.domain.times import MINUTE, MINUTES_PER_HOUR, hour_of, minute_of
from admetrics.ports.adapter import Resources
from admetrics.ports.lake import Lake

Cells = Mapping[Cell, Measures]

_MINUTES_KEPT: Final = 48 * MINUTES_PER_HOUR
_CELLS_KEPT: Final = 500_000
_RECENT: Final = 5
"""How many minutes, the newest, have their late clicks kept: a minute that fills is read at every tick, the one before
it need not be.
"""


@attrs.frozen
class _Minute:
    """The fold of a minute.

    Args:
        claim: the version of the claim under which it was read.
        cells: its cells; none if nothing happened.
    """

    claim: int
    cells: Cells


Hour = Mapping[int, _Minute]
"""The folds of all 60 minutes of an hour."""


@attrs.frozen
class _Read:
    """What the last fold did with an hour, until its claim is known: the minutes read, and their cells."""

    minutes: MinuteSet
    cells: Mapping[int, Cells]


_LateClicks = Mapping[datetime, Sequence[Interaction]]
"""The clicks at the end of some minutes that can make later ones repeats: the last of each visitor-job pair."""


class PythonEngine:
    """Folds hours in plain Python, and reads only the minutes that it must.

    A minute is reused if the hour was granted to this engine when it was last read, and no arrival touches it now.
    Whether another runner claimed it since, the checkpoint store decides: it refuses the hour, which is then
    forgotten here and read whole the next time.

    Args:
        lake: holds the events.
        repeat_window: how long after a click another of the same visitor on the same job is a repeat.
        minutes_kept: how many folds of minutes are kept at the most, by whole hours, those used last; 0 to always
            read whole hours.
        cells_kept: how many cells those minutes may have together; an hour with more is always read whole.
    """

    def __init__(
        self,
        lake: Lake,
        *,
        repeat_window: timedelta = REPEAT_WINDOW,
        minutes_kept: int = _MINUTES_KEPT,
        cells_kept: int = _CELLS_KEPT,
    ) -> None:
        self._lake = lake
        self._repeat_window = repeat_window
        self._hours_kept = minutes_kept // MINUTES_PER_HOUR
        self._cells_kept = cells_kept
        self._hours: dict[datetime, Hour] = {}  # those used last come last
        self._last: dict[datetime, _Read] = {}
        self._last_late: _LateClicks = {}
        self._late: _LateClicks = {}

    @classmethod
    def open(cls, _url: str, resources: Resources) -> Self:
        """Open the engine over any lake."""
        return cls(resources.part("lake"), repeat_window=resources.settings.repeat_window)

    def fold(self, dirty: MinutesByHour) -> Fold:
        """Compute every cell of some hours; of an hour that is known here, read the touched minutes only.

        And those before them, whose clicks may make others repeats, unless these clicks are known here.
        """
        self._last = {}
        wanted = self.wanted(dirty)
        needed = with_those_before(wanted, self._repeat_window)
        late = {minute: clicks for minute, clicks in self._late.items() if self._is_kept(minute, wanted)}
        known = minutes_of(late)
        found = list(self._lake.scan({hour: some - known.get(hour, MinuteSet()) for hour, some in needed.items()}))
        repeats = repeats_among([*found, *chain.from_iterable(late.values())], window=self._repeat_window)
        by_minute = _by_minute(found, wanted)
        read = {
            hour: {minute.minute: fold(by_minute[minute], repeats=repeats) for minute in some}
            for hour, some in groupby(sorted(by_minute), key=hour_of)
        }
        self._last = {hour: _Read(minutes, read.get(hour, {})) for hour, minutes in wanted.items()}
        self._last_late = {
            minute: last_of_pairs(by_minute[minute], since=minute + MINUTE - self._repeat_window)
            for minute in sorted(by_minute)[-_RECENT:]
        }
        kept = {hour: _not_among(self._hours.get(hour, {}), minutes) for hour, minutes in wanted.items()}
        parts = [cells for hour in wanted for cells in self._last[hour].cells.values()]
        parts += [minute.cells for minutes in kept.values() for minute in minutes.values()]
        reused = {
            hour + number * MINUTE: minute.claim for hour, minutes in kept.items() for number, minute in minutes.items()
        }
        return Fold(merge(*parts), reused)

    def wanted(self, dirty: MinutesByHour) -> MinutesByHour:
        """Return the hours with the minutes that `fold` would read: the touched ones where the hour is known here."""
        return {hour: touched if hour in self._hours else ALL_MINUTES for hour, touched in dirty.items()}

    def claimed(self, version: int, hours: Collection[datetime]) -> None:
        """Keep what was read of the hours that were granted, and forget the others of the last fold."""
        for hour, read in self._last.items():
            known = self._hours.pop(hour, {})
            if hour in hours:
                new = {minute: _Minute(version, read.cells.get(minute, {})) for minute in read.minutes}
                self._hours[hour] = {**known, **new}
        self._late = dict(sorted({**self._late, **self._last_late}.items())[-_RECENT:])
        self._last, self._last_late = {}, {}
        self._forget_the_oldest()

    def forget(self, hours: Collection[datetime]) -> None:
        """Forget the folds of some hours, and the last fold."""
        self._last, self._last_late = {}, {}
        for hour in hours:
            self._hours.pop(hour, None)

    def _is_kept(self, minute: datetime, wanted: MinutesByHour) -> bool:
        """Return whether the fold of a minute is reused: if it is refused, so is what its late clicks were used for."""
        hour, number = hour_of(minute), minute.minute
        return number in self._hours.get(hour, {}) and hour in wanted and number not in wanted[hour]

    def _forget_the_oldest(self) -> None:
        sizes = {hour: sum(len(minute.cells) for minute in known.values()) for hour, known in self._hours.items()}
        cells = sum(sizes.values())
        for hour, size in sizes.items():
            if len(self._hours) <= self._hours_kept and cells <= self._cells_kept:
                break
            del self._hours[hour]
            cells -= size


def _by_minute(interactions: Iterable[Interaction], wanted: MinutesByHour) -> Mapping[datetime, Sequence[Interaction]]:
    """Sort out the minutes that are wanted."""
    minutes: defaultdict[datetime, list[Interaction]] = defaultdict(list)
    for each in interactions:
        minutes[minute_of(each.time)].append(each)
    return {
        minute: some for minute, some in minutes.items() if minute.minute in wanted.get(hour_of(minute), MinuteSet())
    }


def _not_among(known: Hour, minutes: MinuteSet) -> Hour:
    return {number: minute for number, minute in known.items() if number not in minutes}
