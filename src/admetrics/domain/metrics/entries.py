"""What an entry of the catalog says of its figure, and what follows from that.

One specification, many engines: the plain fold (`admetrics.domain.rollup.fold`) is the meaning, and the SQL engines
execute expressions generated from the same data.
"""

from enum import Enum, IntEnum

import attrs

from admetrics.domain.events.integers import LARGEST
from admetrics.domain.events.kind import Kind
from admetrics.domain.rules.validity import InvalidReason


class Aggregate(Enum):
    """What one event adds to a measure."""

    ONE = "one"
    """The event itself: a count."""
    BID = "bid"
    """What the event costs: a sum of money. A null bid adds 0."""


class Filter(Enum):
    """Which clicks add to a measure, if not all; other kinds of events are neither paid nor judged."""

    PAID = "paid"
    """Those that the log has a bid for, even if it is 0."""
    VALID = "valid"
    """Those that no reason decides over."""


class Unit(Enum):
    """What a figure is counted in."""

    EVENTS = "events"
    MONEY = "money"
    """The currency unit of the publisher: amounts of different currencies are never added up."""
    SHARE = "share"
    """A part of a whole, shown in percent."""


class Better(IntEnum):
    """Which way a figure should go."""

    UP = 1
    DOWN = -1
    UNKNOWN = 0
    """More of it is neither good nor bad by itself."""


def ratio(part: int, whole: int) -> float | None:
    """Divide, None if there is nothing to divide by."""
    return part / whole if whole else None


@attrs.frozen
class Measure:
    """A figure that is counted or summed.

    Args:
        name: the field of `Measures` that holds it.
        kind: the events that add to it.
        quantity: what each of them adds.
        only: which of them; None: all. A reason stands for the invalid clicks that it decides over.
        meaning: what it is, in a few words; after a colon, what tells it from its siblings.
        column: of table `events`.
        label: the head of its column, wherever people read it.
        words: what it is called in a sentence.
        better: which way it should go.
        headline: whether it is among the figures that are shown first.
        follows: the kind of events that it comes from in the funnel.
    """

    name: str
    kind: Kind
    quantity: Aggregate = Aggregate.ONE
    only: Filter | InvalidReason | None = None
    meaning: str = attrs.field(kw_only=True)
    column: str = attrs.field(kw_only=True)
    label: str = attrs.field(kw_only=True)
    words: str = attrs.field(kw_only=True)
    better: Better = attrs.field(default=Better.UP, kw_only=True)
    headline: bool = attrs.field(default=False, kw_only=True)
    follows: Kind | None = attrs.field(default=None, kw_only=True)

    @column.default
    def _same_column(self) -> str:
        return self.name

    @label.default
    def _same_label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @words.default
    def _same_words(self) -> str:
        return self.name.replace("_", " ")

    @property
    def title(self) -> str:
        """The label, where there is room for more."""
        return self.label

    @property
    def unit(self) -> Unit:
        """What it is counted in. Sums of money are doubles in tables, and counts are integers."""
        return Unit.EVENTS if self.quantity is Aggregate.ONE else Unit.MONEY

    @property
    def largest(self) -> int:
        """The largest value of one cell that is taken from outside.

        Counts are bounded so that SQLite's sum of 64 bits holds four billion cells. Money is added as doubles, which do
        not overflow; beyond 2^53, in a table it is the nearest double.
        """
        return LARGEST if self.unit is Unit.EVENTS else 2**63 - 1

    @property
    def is_step(self) -> bool:
        """Whether it counts all events of its kind."""
        return self.quantity is Aggregate.ONE and self.only is None

    @property
    def formula(self) -> str:
        """How it is computed, in words.

        >>> Measure("ads", Kind.IMPRESSION, meaning="ads seen").formula
        'number of events of kind `impression`'
        """
        if self.quantity is Aggregate.BID:
            return f"sum of the bids of the {f'{self.only.value} ' if self.only else ''}{self.kind.value}s"
        return f"number of events of kind `{self.kind.value}`" if self.is_step else self.meaning

    def of(self, sums: object) -> int:
        """Return its value among some `Measures` or `Counts`."""
        value: int = getattr(sums, self.name)
        return value

    def takes(self, kind: Kind, *, paid: bool, reason: InvalidReason | None) -> bool:
        """Return whether an event adds to this measure.

        Args:
            kind: what happened.
            paid: whether the log has a bid for it.
            reason: the reason that decides over it, None if it is valid or no click.

        >>> Measure("valid_ads", Kind.CLICK, only=Filter.VALID, meaning="").takes(Kind.CLICK, paid=True, reason=None)
        True
        """
        if kind is not self.kind:
            return False
        if self.only is None:
            return True
        if self.only is Filter.PAID:
            return paid
        return reason is (None if self.only is Filter.VALID else self.only)

    def sql(self) -> str:
        """Write the measure as an aggregate over a lake's events, for engines that speak SQL.

        The events have the columns `kind`, `bid`, and `reason` (`admetrics.domain.rules.validity.deciding_sql`).

        >>> print(Measure("ads", Kind.CLICK, meaning="").sql())
        count(*) FILTER (WHERE kind = 'click') AS ads
        >>> print(Measure("ads", Kind.CLICK, Aggregate.BID, only=Filter.PAID, meaning="").sql())
        coalesce(sum(bid) FILTER (WHERE kind = 'click' AND bid IS NOT NULL), 0) AS ads
        >>> print(Measure("ads", Kind.CLICK, only=Filter.VALID, meaning="").sql())
        count(*) FILTER (WHERE kind = 'click' AND reason IS NULL) AS ads
        >>> print(Measure("ads", Kind.CLICK, only=InvalidReason.ROBOT, meaning="").sql())
        count(*) FILTER (WHERE kind = 'click' AND reason = 'robot') AS ads
        """
        condition = f"FILTER (WHERE kind = '{self.kind.value}'{self._taken_sql()})"
        if self.quantity is Aggregate.ONE:
            return f"count(*) {condition} AS {self.name}"
        return f"coalesce(sum(bid) {condition}, 0) AS {self.name}"

    def _taken_sql(self) -> str:
        if self.only is None:
            return ""
        if self.only is Filter.PAID:
            return " AND bid IS NOT NULL"
        return " AND reason IS NULL" if self.only is Filter.VALID else f" AND reason = '{self.only.value}'"


@attrs.frozen
class Difference:
    """What is left of a measure without another one.

    Args:
        name: the property of `Measures` that has it.
        words: what it is called in a sentence.
        whole: what is left over of.
        without: what is taken away: a part of the whole.
    """

    name: str
    words: str
    whole: Measure
    without: Measure

    @property
    def kind(self) -> Kind:
        """The events that it counts."""
        return self.whole.kind

    @property
    def unit(self) -> Unit:
        """What it is counted in."""
        return self.whole.unit

    def of(self, sums: object) -> int:
        """Return its value among some `Measures` or `Counts`."""
        return self.whole.of(sums) - self.without.of(sums)


@attrs.frozen
class Ratio:
    """A ratio of sums, never a sum or a mean of ratios; there is none where the denominator is 0.

    Args:
        name: the field of `Kpis` that holds it.
        part: the numerator.
        whole: the denominator.
        meaning: what it is, and who defines it.
        label: the head of its column, wherever people read it.
        title: the label, where there is room for more.
        better: which way it should go.
    """

    name: str
    part: Measure | Difference
    whole: Measure
    meaning: str = attrs.field(kw_only=True)
    label: str = attrs.field(kw_only=True)
    title: str = attrs.field(kw_only=True)
    better: Better = attrs.field(default=Better.UP, kw_only=True)

    @label.default
    def _same_label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @title.default
    def _same_title(self) -> str:
        return self.label

    @property
    def kind(self) -> Kind:
        """The events that it says something of."""
        return self.part.kind

    @property
    def unit(self) -> Unit:
        """What it is counted in: money per event, or a share."""
        return Unit.MONEY if self.part.unit is Unit.MONEY else Unit.SHARE

    @property
    def headline(self) -> bool:
        """Whether it is among the figures that are shown first: shares are, costs stand with the money."""
        return self.unit is Unit.SHARE

    @property
    def formula(self) -> str:
        """How it is computed, in words."""
        return f"{self.part.words} / {self.whole.words}"

    def of(self, sums: object) -> float | None:
        """Return its value for some `Measures`, or, if no money is in it, `Counts`."""
        return ratio(self.part.of(sums), self.whole.of(sums))


Figure = Measure | Ratio
"""What a reader is shown."""
