"""Erase: make visitors unknown, without a change to any figure, and keep them unknown when their records come again.

docs/decisions/0020-personal-data.md says how, and why in this order.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NoReturn

import attrs

from admetrics.app.portions import portions
from admetrics.domain.errors import ConfigurationError, InputError
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.erasure import (
    HASHED,
    NOBODY,
    erased,
    hashed,
    hashed_uid,
    names_one_of,
    pseudonym,
    visitors_in,
)
from admetrics.domain.events.event import Event
from admetrics.domain.rollup.arrival import Arrival
from admetrics.ports.dead_letters import DeadLetters, TakesDeadLetters
from admetrics.ports.decoder import Decoder
from admetrics.ports.lake import Lake, TakesEvents

Key = Callable[[], bytes]
"""Finds the secret of pseudonyms, where one is needed."""


def no_key() -> NoReturn:
    """Stand for the secret where none is configured."""
    raise ConfigurationError("visitors cannot be erased without a secret: give the pipeline an erasure_key")


def _ignore(_part: float) -> None:
    pass


@attrs.frozen
class Erased:
    """What an erasure did.

    Args:
        visitors: how many were named.
        events: how many events of theirs were changed.
        dead_letters: how many dead letters of theirs were removed.
    """

    visitors: int
    events: int
    dead_letters: int


@attrs.frozen(kw_only=True)
class ErasureRegistry:
    """Knows who was erased from a lake.

    Args:
        lake: holds the pseudonyms.
        key: finds the secret that they are made with.
        uid_key: the secret with which visitors are hashed on their way into the lake; None: they are not.
        decode: reads the lines of dead letters.
    """

    lake: Lake
    key: Key = attrs.field(repr=False)
    uid_key: bytes | None = attrs.field(default=None, repr=False)
    decode: Decoder

    def noted(self) -> frozenset[str]:
        """Return the pseudonyms of the erased.

        Raises:
            ConfigurationError: they were made with another secret, or the lake is under another `uid_key`.
        """
        found = frozenset(self.lake.erased())
        noted = frozenset(name for name in found if not name.startswith(HASHED))
        if noted and self.pseudonym(NOBODY) not in noted:
            raise ConfigurationError(
                "visitors were erased from this lake with another secret, so they would not be known again: "
                "configure the erasure_key that was used, or put its file erasure.key back"
            )
        if not found - noted <= {hashed_uid(NOBODY, key=self.uid_key) if self.uid_key is not None else None}:
            raise ConfigurationError(
                "this lake is under a uid_key, and another one or none is configured, so its visitors and events would "
                "not be known again: configure the uid_key that was used"
            )
        return noted

    def put_under_key(self, on_progress: Callable[[float], None] = _ignore) -> None:
        """Put what the lake holds under `uid_key`, if there is one and it is not; nothing may be stored before.

        Args:
            on_progress: is told which part of the lake was gone through, 0 to 1.

        Raises:
            ConfigurationError: the lake is under another `uid_key`.
        """
        if self.uid_key is None:
            return
        self.noted()  # refuses another key
        if (name := hashed_uid(NOBODY, key=self.uid_key)) not in self.lake.erased():
            self.lake.key_events(self.uid_key, on_progress=on_progress)
            self.lake.note_erased([name])  # last: a writer that finds it stores events

    def pseudonym(self, name: str) -> str:
        """Make a pseudonym with the secret."""
        return pseudonym(name, key=self.key())

    def names(self, visitor: str) -> Collection[str]:
        """Return the names by which the lake may know a visitor: it may have been stored before hashing was on."""
        return [visitor] if self.uid_key is None else [visitor, hashed_uid(visitor, key=self.uid_key)]

    def admitted(self, events: Sequence[Event], noted: Collection[str]) -> Sequence[Event]:
        """Return events as they may be stored: those of the erased under pseudonyms, of the others perhaps hashed.

        Args:
            events: as they were classified, their visitors as they came.
            noted: the pseudonyms of the erased.
        """
        if not noted and self.uid_key is None:
            return events
        visitors = {event.uid for event in events if event.uid is not None} if noted else ()
        found = {visitor: made for visitor in visitors if (made := self.pseudonym(visitor)) in noted}
        return [self._admitted(event, found.get(event.uid or NOBODY)) for event in events]

    def _admitted(self, event: Event, name: str | None) -> Event:
        event = event if self.uid_key is None else hashed(event, key=self.uid_key)
        return event if name is None else erased(event, name)

    def has(self, letter: DeadLetter, noted: Collection[str]) -> bool:
        """Return whether a dead letter is one of the erased."""
        return bool(noted) and any(self.pseudonym(visitor) in noted for visitor in visitors_in(letter, self.decode))


@attrs.frozen
class ErasingLake(TakesEvents):
    """The way into a lake past the registry of the erased."""

    registry: ErasureRegistry

    def append(self, events: Sequence[Event]) -> Sequence[Arrival]:
        """Append events; of their visitors what may be stored.

        The registry is read again when they are stored: visitors noted after the first look may have been searched
        for before the events could be found. A copy without a visitor wins over the one that was stored.
        """
        self.registry.put_under_key()
        noted = self.registry.noted()
        arrivals = self.registry.lake.append(self.registry.admitted(events, noted))
        while (now := self.registry.noted()) != noted:
            noted = now
            arrivals = [*arrivals, *self.registry.lake.append(self.registry.admitted(events, noted))]
        return arrivals


@attrs.frozen
class ErasingDeadLetters(TakesDeadLetters):
    """The way to the dead letters past the registry of the erased."""

    registry: ErasureRegistry
    dead_letters: DeadLetters

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep dead letters, but for those of the erased."""
        self._take(self.dead_letters.put, letters)

    def replace(self, letters: Sequence[DeadLetter]) -> None:
        """Give dead letters another reason, but for those of the erased."""
        self._take(self.dead_letters.replace, letters)

    def _take(self, take: Callable[[Sequence[DeadLetter]], None], letters: Sequence[DeadLetter]) -> None:
        if not letters:
            return
        noted = self.registry.noted()
        take([letter for letter in letters if not self.registry.has(letter, noted)])
        while (now := self.registry.noted()) != noted:
            noted = now
            self.dead_letters.remove([letter.id for letter in letters if self.registry.has(letter, noted)])


def erase(
    visitors: Iterable[str],
    *,
    registry: ErasureRegistry,
    dead_letters: DeadLetters,
    merge: bool = False,
    on_progress: Callable[[float], None] = _ignore,
) -> Erased:
    """Erase visitors from the lake and from the dead letters; done again, it finishes what was interrupted.

    Args:
        visitors: as column `uid` has them.
        registry: of the lake.
        dead_letters: lose the letters of these visitors.
        merge: whether the events of a visitor that were stored before hashing was on and those after may become one
            visitor's, whose repeats are then found: figures may change.
        on_progress: is told which part of the lake was gone through, 0 to 1.

    Raises:
        ConfigurationError: there is no secret, or visitors were erased with another one.
        InputError: figures would change, and `merge` does not allow it; nothing was changed.
    """
    chosen = set(visitors)
    registry.noted()  # refuses another secret
    registry.put_under_key()
    pseudonyms = {name: registry.pseudonym(visitor) for visitor in chosen for name in registry.names(visitor)}
    if registry.uid_key is not None and not merge:
        _refuse_to_merge(chosen, registry)
    # First: from here on, whatever is read again is recognised.
    registry.lake.note_erased([registry.pseudonym(NOBODY), *pseudonyms.values()])
    removed = 0
    for portion in portions(letter for letter in dead_letters.all() if names_one_of(chosen, letter, registry.decode)):
        dead_letters.remove([letter.id for letter in portion])
        removed += len(portion)
    changed = registry.lake.erase(pseudonyms, on_progress=on_progress)
    return Erased(len(chosen), changed, removed)


def _refuse_to_merge(chosen: Iterable[str], registry: ErasureRegistry) -> None:
    """Refuse visitors that the lake knows by two names, since erasing them makes one visitor of two."""
    names = {visitor: {*registry.names(visitor), registry.pseudonym(visitor)} for visitor in chosen}
    known = set(registry.lake.known(set().union(*names.values())))
    if merged := sum(len(each & known) > 1 for each in names.values()):
        raise InputError(
            f"{merged} of these visitors were stored both as they came and hashed, since uid_key was set in between: "
            "erased, each is one visitor, whose repeated clicks are found then, so figures may change; nothing was "
            "changed. Allow it with --merge"
        )
