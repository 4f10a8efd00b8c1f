"""The dead letters as a compacted topic: the last message of an id is its letter, or says that it was removed."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, Self

from admetrics.adapters.kafka.connection import Connection
from admetrics.adapters.kafka.reader import Message, Reader
from admetrics.adapters.kafka.topics import ensure_table
from admetrics.adapters.kafka.url import KafkaUrl
from admetrics.adapters.kafka.writer import Draft, write
from admetrics.domain.errors import LayoutError
from admetrics.domain.events.dead_letter import DeadLetter, ReasonSummary, summarized
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.ports.adapter import Resources

_LARGEST_MESSAGE: Final = 16 * 2**20
_AT_ONCE: Final = 10_000


class KafkaDeadLetters:
    """A topic of dead letters: the key is the id, the value the bytes, the headers everything else.

    Where the letter of each id lies is noted in a temporary file, which is brought up to date before each call; the
    letters themselves are read from the topic when they are asked for, in the order of the topic.

    Args:
        url: the topic (`KafkaUrl`): compacted, never emptied by time.
        patience: how long a call may take while the brokers do not answer.
        may_create: whether the topic is created if it is missing.

    Raises:
        LayoutError: the topic is not compacted.
    """

    def __init__(self, url: str, *, patience: timedelta = timedelta(seconds=30), may_create: bool = True) -> None:
        self._connection = Connection(KafkaUrl.parse(url), patience=patience, may_create=may_create)
        self._reader = Reader(self._connection)
        self._places = _Places()
        try:
            ensure_table(self._connection, largest_message=_LARGEST_MESSAGE)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the topic that a URL names."""
        return cls(url, may_create=resources.may_create)

    def __repr__(self) -> str:
        return f"KafkaDeadLetters({self._connection.url.name!r})"

    def close(self) -> None:
        """Close the connections, and forget the places."""
        self._places.close()
        self._connection.close()

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Write the letters that are not there."""
        if not letters:
            return
        self._catch_up()
        new = {letter.id: letter for letter in reversed(letters)}  # of two with one id, the first
        write(self._connection, (_draft(id_, letter) for id_, letter in new.items() if id_ not in self._places))

    def replace(self, letters: Sequence[DeadLetter]) -> None:
        """Write those letters again that are there."""
        if letters:
            self._catch_up()
            write(self._connection, (_draft(letter.id, letter) for letter in letters if letter.id in self._places))

    def all(self, *, reason: Reason | None = None) -> Iterator[DeadLetter]:
        """Read all letters; also of one reason, the whole topic is read."""
        return (letter for letter in self._everything() if reason in (None, letter.rejection.reason))

    def _everything(self) -> Iterator[DeadLetter]:
        self._catch_up()
        end = self._reader.position  # letters that are replaced meanwhile come after it
        reader = Reader(self._connection)
        while any(reader.position.get(partition, -1) < offset for partition, offset in end.items()):
            for message in reader.poll(_AT_ONCE):
                if message.offset < end.get(message.partition, 0) and self._places.is_last(message):
                    yield self._letter(message)

    def get(self, ids: Collection[str]) -> Iterator[DeadLetter]:
        """Read the letters with these ids: the whole topic is read."""
        wanted = frozenset(ids)
        return (letter for letter in self.all() if letter.id in wanted) if wanted else iter(())

    def count(self) -> Mapping[Reason, int]:
        """Count the letters by reason: the whole topic is read."""
        return Counter(letter.rejection.reason for letter in self.all())

    def summary(self) -> Mapping[Reason, ReasonSummary]:
        """Sum up the letters by reason: the whole topic is read."""
        return summarized((letter.rejection.reason, letter.seen) for letter in self.all())

    def remove(self, ids: Collection[str]) -> None:
        """Write a tombstone for each of the ids that is there."""
        if ids:
            self._catch_up()
            write(self._connection, (Draft(id_.encode("ascii"), None) for id_ in ids if id_ in self._places))

    def prune(self, before: datetime) -> int:
        """Remove old letters: the whole topic is read."""
        old = (letter.id for letter in self.all() if letter.seen < before)
        removed = 0
        while some := list(islice(old, _AT_ONCE)):
            self.remove(some)
            removed += len(some)
        return removed

    def _catch_up(self) -> None:
        """Learn which letters came and went since the last time."""
        while messages := self._reader.poll(_AT_ONCE):
            self._places.follow(messages)

    def _letter(self, message: Message) -> DeadLetter:
        try:
            text = {name: value.decode("utf-8", "surrogateescape") for name, value in message.headers}
            rejection = Rejection(Reason(text["reason"]), text["detail"])
            seen = datetime.fromisoformat(text["seen"])
            return DeadLetter(text["source"], int(text["line"]), message.value or b"", rejection, seen)
        except (KeyError, ValueError):
            raise self._foreign(message) from None

    def _foreign(self, message: Message) -> LayoutError:
        place = f"{self._connection.url.name}, partition {message.partition}, offset {message.offset}"
        return LayoutError(f"a message is no dead letter, or a newer release wrote it ({place}): name another topic")


class _Places:
    """Where the last message of each id lies, in a temporary file: memory is bounded, however many there are."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("CREATE TABLE places (id TEXT PRIMARY KEY, partition INT, position INT) WITHOUT ROWID")

    def close(self) -> None:
        self._file.close()

    def follow(self, messages: Iterable[Message]) -> None:
        """Note messages in their order; a tombstone ends an id."""
        self._file.execute("BEGIN")
        for message in messages:
            place = (_id(message), message.partition, message.offset)
            if message.value is None:
                self._file.execute("DELETE FROM places WHERE id = ?", place[:1])
            else:
                self._file.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", place)
        self._file.execute("COMMIT")

    def __contains__(self, id_: str) -> bool:
        return self._place(id_) is not None

    def is_last(self, message: Message) -> bool:
        """Return whether a message is the last one of its id, and no tombstone."""
        return self._place(_id(message)) == (message.partition, message.offset)

    def _place(self, id_: str) -> object:
        return self._file.execute("SELECT partition, position FROM places WHERE id = ?", (id_,)).fetchone()


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
