"""Finds regular expressions that can take more than linear time: where one text can be matched in ever more ways.

A matcher that backtracks tries one way after the other. Their number stays bounded, however long the text, unless the
automaton of the expression has two loops over the same text, one leading into the other (quadratic time or worse), or
one loop in two ways (exponential time): A. Weber, H. Seidl, "On the degree of ambiguity of finite automata" (1991).
A search begins again at every place: that is a loop over any text in front of the expression. A loop in which a search
has already found something is none: it goes on behind.

Negative look-aheads are taken to succeed; possessive parts and bounds above 16 for worse than they are.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final

import attrs

LARGEST_COUNT: Final = 16
_CHARACTERS: Final = [*map(chr, range(256)), "\u0131", "\u017f", "\u0660", "\u2028", "\U0001f600"]
_ALL: Final = (1 << len(_CHARACTERS)) - 1
_END: Final = 1 << len(_CHARACTERS)
_SOURCES: Final = {  # by their names: their numbers are not unique
    "ANY": ".", "NEGATE": "^", "CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W",
}  # fmt: skip
_REPEATS: Final = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


@attrs.define
class _Part:
    """A part of an expression: the places where it begins and ends, and whether it can be empty."""

    first: list[int]
    last: list[int]
    empty: bool


class _Automaton:
    """The automaton of Glushkov: a state for each place that takes a character."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.takes: list[int] = []
        self.next: list[list[int]] = []
        self._flags = flags
        text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
        self.whole = self._sequence(_parser.parse(text, flags & ~re.UNICODE if isinstance(pattern, bytes) else flags))

    def place(self, characters: int) -> _Part:
        self.takes.append(characters)
        self.next.append([])
        here = [len(self.takes) - 1]
        return _Part(here, list(here), empty=False)

    def link(self, before: Iterable[int], after: Sequence[int]) -> None:
        for place in before:
            self.next[place] += after

    def _sequence(self, items: Iterable[Any]) -> _Part:
        whole = _Part([], [], empty=True)
        for item in items:
            whole = self._joined(whole, self._part(*item))
        return whole

    def _joined(self, one: _Part, other: _Part) -> _Part:
        self.link(one.last, other.first)
        return _Part(
            one.first + other.first if one.empty else one.first,
            one.last + other.last if other.empty else other.last,
            one.empty and other.empty,
        )

    def _part(self, kind: Any, argument: Any) -> _Part:
        if kind in _REPEATS:
            return self._repeated(*argument)
        if kind is op.BRANCH:
            branches = [self._sequence(items) for items in argument[1]]
            return _Part(
                [place for each in branches for place in each.first],
                [place for each in branches for place in each.last],
                any(each.empty for each in branches),
            )
        if kind is op.SUBPATTERN:
            return self._sequence(argument[3])
        if kind in (op.ATOMIC_GROUP, op.ASSERT):  # as if a look-around took what it looks at
            return self._sequence(argument if kind is op.ATOMIC_GROUP else argument[1])
        if kind is op.ASSERT_NOT or (kind is op.AT and argument is not op.AT_END):
            return _Part([], [], empty=True)
        return self.place(_END if kind is op.AT else self._characters(kind, argument))

    def _repeated(self, least: int, most: int, items: Sequence[Any]) -> _Part:
        endless = most > LARGEST_COUNT and least != most
        whole = part = _Part([], [], empty=True)
        for _ in range(max(least, 1) if endless else most):
            part = self._sequence(items)
            whole = self._joined(whole, attrs.evolve(part, empty=part.empty or least == 0))
            least = max(0, least - 1)
        if endless:
            self.link(part.last, part.first)
        return whole

    def _characters(self, kind: Any, argument: Any) -> int:
        found = re.compile(_source(kind, argument), self._flags & (re.ASCII | re.DOTALL | re.IGNORECASE)).fullmatch
        return sum(1 << number for number, character in enumerate(_CHARACTERS) if found(character))


def _source(kind: Any, argument: Any) -> str:
    """Write what takes one character, or what stands in its brackets, as an expression."""
    if kind is op.IN:
        return f"[{''.join(itertools.starmap(_source, argument))}]"
    if kind is op.RANGE:
        return "-".join(re.escape(chr(end)) for end in argument)
    if kind is op.NOT_LITERAL:
        return f"[^{re.escape(chr(argument))}]"
    return (
        re.escape(chr(argument)) if kind is op.LITERAL else _SOURCES[(argument if kind is op.CATEGORY else kind).name]
    )


def ways(pattern: str | bytes, flags: int = 0, *, search: bool = True) -> str:
    """Return how the number of ways to match a text can grow with its length: "", "polynomial" or "exponential".

    Args:
        pattern: a regular expression.
        flags: those of module `re`.
        search: whether it may match anywhere; else it has to match all of a text.
    """
    automaton = _Automaton(pattern, flags)
    found: set[int] = set()
    if search:
        found = set(automaton.whole.last)
        start = automaton.place(_ALL)
        automaton.link(start.last, [*start.first, *automaton.whole.first])
    within = _loops(automaton.next, found)
    for place, loop in within.items():
        if any(automaton.next[place].count(each) > 1 for each in loop):
            return "exponential"
        if _reaches(automaton, (place, place), (place, place), apart=True, within=[loop, loop]):
            return "exponential"
    for one, other in product(within, within):
        if one != other and _reaches(
            automaton, (one, one, other), (one, other, other), within=[within[one], None, within[other]]
        ):
            return "polynomial"
    return ""


def _loops(following: Sequence[Sequence[int]], but: set[int]) -> dict[int, set[int]]:
    """Return for each state that can be reached from itself those on the way, without passing some states."""
    ahead = {place: set(_ahead(following, place, but)) for place in range(len(following)) if place not in but}
    return {place: {each for each in far if place in ahead[each]} for place, far in ahead.items() if place in far}


def _ahead(following: Sequence[Sequence[int]], place: int, but: set[int]) -> Iterator[int]:
    seen = set(but)
    waiting = [place]
    while waiting:
        for each in following[waiting.pop()]:
            if each not in seen:
                seen.add(each)
                waiting.append(each)
                yield each


def _reaches(
    automaton: _Automaton,
    start: tuple[int, ...],
    goal: tuple[int, ...],
    *,
    within: Sequence[set[int] | None],
    apart: bool = False,
) -> bool:
    """Return whether some text leads from each state of `start` to that of `goal`, on ways that part if told so."""
    seen = {(start, not apart)}
    waiting = list(seen)
    while waiting:
        states, parted = waiting.pop()
        for following in product(*(automaton.next[state] for state in states)):
            common = _ALL | _END
            for state in following:
                common &= automaton.takes[state]
            if not common or any(w is not None and s not in w for s, w in zip(following, within, strict=True)):
                continue
            reached = (following, parted or len(set(following)) > 1)
            if reached == (goal, True):
                return True
            if reached not in seen:
                seen.add(reached)
                waiting.append(reached)
    return False
