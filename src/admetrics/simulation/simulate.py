"""Simulate: realistic traffic as lines of JSON, for demonstrations, benchmarks and tests.

A visitor sees the ads of a site, clicks some, reads the page, perhaps applies; hours later a recruiter marks the
application. Traffic follows the clock of the visitors, popularity has a long tail, and the log has the faults of
real logs. Same scenario, same bytes, in every process: chance comes from `random.Random` alone, time from the
scenario.
"""

# ruff: noqa: PLR2004, S311  (chances stand where they are thrown, and none of them guards a secret)

import math
from bisect import bisect
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Final

import attrs
from attrs import validators

from admetrics.simulation.budgets import with_budgets
from admetrics.simulation.market import Ad, Market, Site, Visitor, csv_files, market
from admetrics.simulation.records import FAULTS, Tracker

_LINES_AT_ONCE: Final = 4096
_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_LOCAL: Final = 7 * _HOUR  # most visitors live in UTC+7
_WEEKDAYS: Final = 5

_RHYTHM: Final = (
    0.28, 0.18, 0.12, 0.10, 0.10, 0.16, 0.34, 0.62, 1.02, 1.34, 1.42, 1.30,
    1.05, 1.18, 1.38, 1.40, 1.28, 1.05, 0.92, 1.04, 1.22, 1.26, 0.98, 0.58,
)  # fmt: skip
"""How busy each local hour is: mornings and afternoons at work, evenings at home."""
_WEEK: Final = (1.15, 1.12, 1.08, 1.02, 0.92, 0.58, 0.64)
"""How busy each day is, Monday first."""
_HOSTILE_NAMES: Final = ("CLICK ME!!!", "<script>alert(1)</script>", "Đăng ký", "drop table events", "video_play")


@attrs.frozen(kw_only=True)
class Scenario:
    """What to simulate.

    Args:
        seed: any integer; another one is another market and other traffic.
        events: how many lines, exactly.
        end: no event is later; aware.
        days: how many days of traffic end there.
        companies: how many employers.
        jobs: how many job ads.
        visitors: how many different visitors.
        bad: the share of lines that become dead letters, spread evenly over their classes.
        repeated: the share of lines that are written a second time, within two hours.
        late: the share of events that are written hours after they happened.
        varied: the share of lines in an unusual spelling that means the same.
    """

    seed: int
    events: int = attrs.field(validator=validators.ge(0))
    end: datetime = attrs.field()
    days: int = attrs.field(default=14, validator=validators.ge(1))
    companies: int = attrs.field(default=8, validator=validators.ge(1))
    jobs: int = attrs.field(default=240, validator=validators.ge(1))
    visitors: int = attrs.field(default=4000, validator=validators.ge(1))
    bad: float = 0.005
    repeated: float = 0.003
    late: float = 0.004
    varied: float = 0.03

    @end.validator
    def _refuse_a_time_without_zone(self, _attribute: object, end: datetime) -> None:
        if end.tzinfo is None:
            raise ValueError("end has no time zone: the machine's own would decide what is simulated")

    @property
    def start(self) -> datetime:
        """When the traffic begins."""
        return self.end - timedelta(days=self.days)


def dimensions(scenario: Scenario) -> Mapping[str, bytes]:
    """Return the dimension tables of a scenario: the content of each CSV file by its name."""
    return csv_files(_market(scenario).dimensions)


def lines(scenario: Scenario) -> Iterator[bytes]:
    """Write the traffic of a scenario.

    Memory does not grow with the number of lines: only what is still to come of visits that have begun is kept.

    Yields:
        Some lines of JSON at a time, in UTF-8, each with its line feed; nearly in the order of time.
    """
    return Simulation(scenario).history()


class Simulation:
    """Traffic that goes on after its scenario, as long as somebody asks for more.

    Args:
        scenario: what has happened until now.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._traffic = _Traffic(scenario)

    def history(self) -> Iterator[bytes]:
        """Write the traffic of the scenario, as `lines` does; to be called once, and before `more`."""
        ready: list[str] = []
        for minute, upto in _minutes(self._scenario):
            while self._traffic.written < upto:
                ready.append(self._traffic.line(minute))
                if len(ready) == _LINES_AT_ONCE:
                    yield _joined(ready)
                    ready.clear()
        if ready:
            yield _joined(ready)

    def more(self, count: int, *, now: datetime) -> bytes:
        """Write some lines of the minute of `now`: what earlier visits still had to come, then new visits."""
        minute = int(now.timestamp()) * _SECOND // _MINUTE * _MINUTE
        return _joined([self._traffic.line(minute) for _ in range(count)]) if count else b""


def _joined(some: list[str]) -> bytes:
    return ("\n".join(some) + "\n").encode()


def _market(scenario: Scenario) -> Market:
    place = market(
        Random(f"market {scenario.seed}"),
        companies=scenario.companies,
        jobs=scenario.jobs,
        visitors=scenario.visitors,
    )
    return with_budgets(
        place,
        Random(f"budgets {scenario.seed}"),
        first_day=scenario.start.date(),
        days=scenario.days,
        events=scenario.events,
    )


def _minutes(scenario: Scenario) -> Iterator[tuple[int, int]]:
    """Yield each minute (microseconds since the epoch) and how many lines shall be written by its end."""
    start = int(scenario.start.timestamp()) * _SECOND
    minutes = [start + number * _MINUTE for number in range(scenario.days * 24 * 60)]
    random = Random(f"rhythm {scenario.seed}")
    weights = [_busyness(minute) for minute in minutes]
    weather = {day: random.uniform(0.9, 1.1) for day in range(start // _DAY, minutes[-1] // _DAY + 2)}
    weights = [weight * weather[minute // _DAY] for minute, weight in zip(minutes, weights, strict=True)]
    total, reached = math.fsum(weights), 0.0
    for minute, weight in zip(minutes[:-1], weights, strict=False):
        reached += weight
        yield minute, min(scenario.events, round(scenario.events * reached / total))
    yield minutes[-1], scenario.events


def _busyness(minute: int) -> float:
    """Return how busy a minute is: between the values of two full hours, so that nothing jumps."""
    day, of_day = divmod(minute + _LOCAL, _DAY)
    hour, rest = divmod(of_day, _HOUR)
    here, there = _RHYTHM[hour], _RHYTHM[(hour + 1) % 24]
    return (here + (there - here) * rest / _HOUR) * _WEEK[(day + 3) % 7]  # the epoch was a Thursday


Planned = tuple[int, int, int, str, Ad, Visitor]
"""When it is written, a number that settles ties, when it happened, its name, its ad and its visitor."""


class _Traffic:
    """Visits that have begun, and what is still to come of them."""

    def __init__(self, scenario: Scenario) -> None:
        self.written = 0
        self._scenario = scenario
        self._market = _market(scenario)
        self._random = Random(f"traffic {scenario.seed}")
        self._tracker = Tracker(self._random)
        self._agenda: list[Planned] = []
        self._repeats: list[tuple[int, int, str]] = []
        self._planned = 0
        late, odd = scenario.late, scenario.late + scenario.repeated
        self._thresholds = late, odd, odd + scenario.bad, odd + scenario.bad + scenario.varied

    def line(self, minute: int) -> str:
        """Write one line that is due within a minute; new visits begin while nothing is."""
        end = minute + _MINUTE
        while True:
            if self._repeats and self._repeats[0][0] < end:
                self.written += 1
                return heappop(self._repeats)[2]
            if not self._agenda or self._agenda[0][0] >= end:
                self._visit(minute + int(self._random.random() * _MINUTE))
                continue
            written = self._write(heappop(self._agenda))
            if written is not None:
                self.written += 1
                return written

    def _write(self, planned: Planned) -> str | None:
        """Write what was planned; None if it is put off."""
        due, _, happened, name, ad, visitor = planned
        late, repeated, bad, varied = self._thresholds
        drawn = self._random.random()
        if drawn < late and due == happened:
            self._plan(due + self._later(1, 30), happened, name, ad, visitor)
            return None
        line = self._tracker.write(name, happened, ad, visitor)
        if drawn >= varied or drawn < late:
            return line
        if drawn < repeated:
            heappush(self._repeats, (due + self._later(0, 2), self._planned, line))
            self._planned += 1
            return line
        if drawn < bad:
            return self._tracker.spoil(line, self._random.choice(FAULTS))
        return self._tracker.vary(line)

    def _later(self, least: int, most: int) -> int:
        return int(self._random.uniform(least, most) * _HOUR)

    def _plan(self, due: int, happened: int, name: str, ad: Ad, visitor: Visitor) -> None:
        self._planned += 1
        heappush(self._agenda, (due, self._planned, happened, name, ad, visitor))

    def _visit(self, at: int) -> None:
        """Let a visitor come to a site, and see some ads."""
        random, place = self._random, self._market
        chance = random.random
        index = bisect(place.site_weights, chance() * place.site_weights[-1])
        site, ads = place.sites[index], place.ads[index]
        is_robot = chance() < 0.008
        some = place.robots if is_robot else place.visitors
        visitor = some[int(chance() * len(some))]
        tail = place.ad_weights[-1]
        going_on = True
        while going_on:
            ad = ads[bisect(place.ad_weights, chance() * tail)]
            self._plan(at, at, "impression", ad, visitor)
            if is_robot and chance() < 0.25:
                self._plan(at + _SECOND, at + _SECOND, "click", ad, visitor)
            elif not is_robot and chance() < site.appeal * ad.appeal:
                at = self._click(at + 1 + int(chance() * 12 * _SECOND), site, ad, visitor)
            at += 1 + int(chance() * 8 * _SECOND)
            going_on = chance() < 0.82  # five or six ads a visit

    def _click(self, at: int, site: Site, ad: Ad, visitor: Visitor) -> int:
        """Let a visitor click an ad; returns when the attention ends."""
        chance = self._random.random
        self._plan(at, at, "click", ad, visitor)
        if chance() < 0.02:  # impatient: the same ad again, before its page is there
            at += int((0.2 + chance() * 5) * _SECOND)
            self._plan(at, at, "click", ad, visitor)
        if chance() < 0.06 and ad.publisher:
            self._plan(at + 1, at + 1, "redirect", ad, visitor)
        if chance() < 0.06:  # gone before the page was there
            return at
        at += 1 + int(chance() * 3 * _SECOND)
        self._plan(at, at, "page_view", ad, visitor)
        if chance() < 0.04:
            self._plan(at, at, self._other_name(), ad, visitor)
        while chance() < 0.5:  # a heart-beat every 15 s while the page is open
            at += 15 * _SECOND
            self._plan(at, at, "alive", ad, visitor)
        if chance() < site.intent * ad.intent:
            at += int((1 + chance() * 19) * _MINUTE)
            self._plan(at, at, "conversion", ad, visitor)
            self._review(at, site, ad, visitor)
        return at

    def _other_name(self) -> str:
        names = ("", "superpixel", "superpixel", *_HOSTILE_NAMES)
        return self._random.choice(names)

    def _review(self, at: int, site: Site, ad: Ad, visitor: Visitor) -> None:
        """Let a recruiter mark an application, hours later and at work; some are never read."""
        chance = self._random.random
        if chance() < 0.3:
            return
        marked = self._at_work(at + _HOUR // 2 + int(self._random.expovariate(1 / 6) * _HOUR))
        if chance() < site.fit:
            self._plan(marked, marked, "qualified", ad, visitor)
            if chance() < 0.3:
                invited = self._at_work(marked + self._later(2, 40))
                self._plan(invited, invited, "interview_scheduled", ad, visitor)
        else:
            name = "unqualified" if chance() < 0.5 else "disqualified"
            self._plan(marked, marked, name, ad, visitor)

    def _at_work(self, at: int) -> int:
        """Move a time into the working hours that follow it: 8 to 18 o'clock, Monday to Friday, local time."""
        day, of_day = divmod(at + _LOCAL, _DAY)
        if of_day >= 18 * _HOUR:
            day, of_day = day + 1, 0
        weekday = (day + 3) % 7
        if weekday >= _WEEKDAYS:
            day, of_day = day + 7 - weekday, 0
        if of_day < 8 * _HOUR:
            of_day = 8 * _HOUR + int(self._random.random() * 3 * _HOUR)
        return day * _DAY + of_day - _LOCAL
