"""What a source delivered and what was not committed yet, kept to be delivered again."""

from collections import deque
from typing import Generic, Protocol, Self, TypeVar


class _Piece(Protocol):
    """Some lines of one place, never none."""

    def __len__(self) -> int:
        """Return how many lines."""
        ...

    def cut(self, count: int) -> tuple[Self, Self]:
        """Return the first `count` lines (not none, not all) and the rest."""
        ...


P = TypeVar("P", bound=_Piece)


class Uncommitted(Generic[P]):
    """Pieces in the order in which they were read. Positions count lines since the beginning."""

    def __init__(self) -> None:
        self._delivered: deque[P] = deque()
        self._waiting: deque[P] = deque()
        self._committed = 0
        self._position = 0

    @property
    def committed(self) -> int:
        """How many lines lie before the last commit."""
        return self._committed

    @property
    def position(self) -> int:
        """How many lines lie before the next one to deliver."""
        return self._position

    @property
    def waiting(self) -> tuple[P, ...]:
        """What is to be delivered again."""
        return tuple(self._waiting)

    def add(self, piece: P) -> None:
        """Take a piece that is delivered for the first time; nothing may be waiting."""
        self._delivered.append(piece)
        self._position += len(piece)

    def again(self, at_most: int) -> list[P]:
        """Return, moving past them, up to `at_most` of the lines that are waiting."""
        pieces: list[P] = []
        while self._waiting and at_most > 0:
            pieces.append(_take(self._waiting, at_most))
            at_most -= len(pieces[-1])
            self.add(pieces[-1])
        return pieces

    def commit(self, position: int) -> None:
        """Let go of everything before a position; one that was committed before changes nothing."""
        while self._committed < position and (pieces := self._delivered or self._waiting):
            self._committed += len(_take(pieces, position - self._committed))
        self._position = max(self._position, self._committed)

    def rewind(self) -> None:
        """Have everything that was not committed delivered again."""
        self._waiting.extendleft(reversed(self._delivered))
        self._delivered.clear()
        self._position = self._committed


def _take(pieces: deque[P], at_most: int) -> P:
    piece = pieces.popleft()
    if len(piece) <= at_most:
        return piece
    first, rest = piece.cut(at_most)
    pieces.appendleft(rest)
    return first
