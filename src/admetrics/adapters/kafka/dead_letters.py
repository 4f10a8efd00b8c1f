"""The dead letters as a compacted topic: the last message of an id is its letter, or says that it was removed."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from admetrics.adapters.kafka.connection import Connection
from admetrics.adapters.kafka.reader import Message, Reader
from admetrics.adapters.kafka.topics import ensure_table
from admetrics.adapters.kafka.url import KafkaUrl
from admetrics.adapters.kafka.writer import Draft, write
from admetrics.domain.dead_letter import DeadLetter
from admetrics.domain.errors import LayoutError
from admetrics.domain.rejection import Reason, Rejection

_LARGEST_MESSAGE: Final = 16 * 2**20
_AT_ONCE: Final = 10_000

_T = TypeVar("_T")


class KafkaDeadLetters:
    """A topic of dead letters: the key is the id, the value the bytes, the headers everything else.

    What the ids are is remembered and brought up to date before each `put`; the letters themselves are read from the
    topic when they are asked for, and then lie in memory at once.

    Args:
        url: the topic (`KafkaUrl`), which is created if it is missing: compacted, never emptied by time.
        patience: how long a call may take while the brokers do not answer.

    Raises:
        LayoutError: the topic is not compacted.
    """

    def __init__(self, url: str, *, patience: timedelta = timedelta(seconds=30)) -> None:
        self._connection = Connection(KafkaUrl.parse(url), patience=patience)
        self._reader = Reader(self._connection)
        self._ids: set[str] = set()
        try:
            ensure_table(self._connection, largest_message=_LARGEST_MESSAGE)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"KafkaDeadLetters({self._connection.url.name!r})"

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Write the letters that are not there."""
        if not letters:
            return
        self._catch_up()
        new = {letter.id: letter for letter in reversed(letters)}  # of two with one id, the first
        write(self._connection, (_draft(id_, letter) for id_, letter in new.items() if id_ not in self._ids))

    def all(self) -> Iterable[DeadLetter]:
        """Return all letters, sorted."""
        return sorted(self._read(self._letter).values(), key=_order)

    def get(self, ids: Collection[str]) -> Sequence[DeadLetter]:
        """Return the letters with these ids, sorted."""
        wanted = frozenset(ids)
        return sorted(self._read(self._letter, wanted).values(), key=_order) if wanted else []

    def count(self) -> Mapping[Reason, int]:
        """Count the letters by reason."""
        return Counter(self._read(self._reason).values())

    def remove(self, ids: Collection[str]) -> None:
        """Write a tombstone for each of the ids that is there."""
        if ids:
            self._catch_up()
            write(self._connection, (Draft(id_.encode("ascii"), None) for id_ in sorted(self._ids.intersection(ids))))

    def _catch_up(self) -> None:
        """Learn which letters came and went since the last time."""
        while messages := self._reader.poll(_AT_ONCE):
            for message in messages:
                if message.value is None:
                    self._ids.discard(_id(message))
                else:
                    self._ids.add(_id(message))

    def _read(self, take: Callable[[Message], _T], wanted: Collection[str] | None = None) -> dict[str, _T]:
        """Read the whole topic.

        Args:
            take: what to keep of a letter.
            wanted: the ids to keep; None for all.
        """
        self._reader.rewind()
        self._ids.clear()
        found: dict[str, _T] = {}
        while messages := self._reader.poll(_AT_ONCE):
            for message in messages:
                id_ = _id(message)
                if message.value is None:
                    self._ids.discard(id_)
                    found.pop(id_, None)
                elif id_ not in self._ids:  # two writers at once may have written one twice: the first one counts
                    self._ids.add(id_)
                    if wanted is None or id_ in wanted:
                        found[id_] = take(message)
        return found

    def _letter(self, message: Message) -> DeadLetter:
        try:
            text = {name: value.decode("utf-8", "surrogateescape") for name, value in message.headers}
            rejection = Rejection(Reason(text["reason"]), text["detail"])
            seen = datetime.fromisoformat(text["seen"])
            return DeadLetter(text["source"], int(text["line"]), message.value or b"", rejection, seen)
        except (KeyError, ValueError):
            raise self._foreign(message) from None

    def _reason(self, message: Message) -> Reason:
        return self._letter(message).rejection.reason

    def _foreign(self, message: Message) -> LayoutError:
        place = f"{self._connection.url.name}, partition {message.partition}, offset {message.offset}"
        return LayoutError(f"a message is no dead letter, or a newer release wrote it ({place}): name another topic")


def _id(message: Message) -> str:
    return (message.key or b"").decode("ascii", "replace")


def _draft(id_: str, letter: DeadLetter) -> Draft:
    headers = {
        "source": letter.source,
        "line": str(letter.line),
        "reason": letter.rejection.reason.value,
        "detail": letter.rejection.detail,
        "seen": letter.seen.isoformat(),
    }
    encoded = [(name, text.encode("utf-8", "surrogateescape")) for name, text in headers.items()]
    return Draft(id_.encode("ascii"), letter.data, encoded)


def _order(letter: DeadLetter) -> tuple[str, int, str]:
    return letter.source, letter.line, letter.id
