"""Files as blocks of decompressed bytes, whatever a block holds."""

import zlib
from collections.abc import Callable, Iterator
from typing import Final, Protocol

import zstandard

from admetrics.domain.errors import InputError

BLOCK: Final = 2**20
"""How many bytes are read at once, and the most that a block holds."""

EXPANSION_LIMIT: Final = 200
"""How many times as large as a file its content may be, unless said otherwise: that of logs is up to 100 times."""

_HARMLESS: Final = 64 * 2**20  # bytes that may come out of a file of any size
_LARGEST_WINDOW: Final = 128 * 2**20  # bytes that a frame of zstd may have kept in memory: what its own tool allows
_PIECE: Final = 2**10  # compressed bytes at once: a piece grows to 1 MiB (gzip) or 32 MiB (zstd), whatever it holds


class _Decompressor(Protocol):
    """Turns the bytes of a file into blocks, as they come."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take the next bytes of the file.

        Yields:
            Blocks of at most `BLOCK` bytes, none of them empty.

        Raises:
            InputError: the file is damaged; what was good before was yielded.
        """
        ...

    @property
    def complete(self) -> bool:
        """Return whether the file may end here."""
        ...


def decompressor(name: str, *, expansion_limit: int = EXPANSION_LIMIT) -> _Decompressor:
    """Return what reads a file of this name: `.gz` is gzip, `.zst` is zstd, others are plain.

    Args:
        name: the file's.
        expansion_limit: how many times as large as the file what comes out of it may be, if it is more than 64 MiB.
    """
    lower = name.lower()
    if lower.endswith(".gz"):
        return _Frames(name, "gzip", _new_gzip, expansion_limit)
    if lower.endswith(".zst"):
        return _Frames(name, "zstd", _new_zstd, expansion_limit)
    return _Plain()


def is_compressed(name: str) -> bool:
    """Return whether a file of this name is compressed."""
    return name.lower().endswith((".gz", ".zst"))


def format_of(name: str) -> str:
    """Return the format of a file of this name: `csv` or `jsonl`.

    >>> format_of("2026-03-01.CSV.gz"), format_of("tracker.log")
    ('csv', 'jsonl')
    """
    return "csv" if name.lower().removesuffix(".gz").removesuffix(".zst").endswith(".csv") else "jsonl"


class _Plain:
    complete = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield from _slices(data, BLOCK)


class _Frame(Protocol):
    """What zlib's and zstandard's objects have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def _new_gzip() -> _Frame:
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)


def _new_zstd() -> _Frame:
    return zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).decompressobj()


class _Frames:
    """Compressed frames (gzip calls them members) one after the other, as `cat a.gz b.gz` makes them."""

    def __init__(self, name: str, format_name: str, new_frame: Callable[[], _Frame], expansion_limit: int) -> None:
        self._name = name
        self._format = format_name
        self._new_frame = new_frame
        self._expansion_limit = expansion_limit
        self._taken = self._given = 0
        self._frame: _Frame | None = None
        self._ended = False

    @property
    def complete(self) -> bool:
        """Return whether the last frame is whole; an empty file has none."""
        return self._frame is None and self._ended

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decompress, gathered into blocks."""
        gathered: list[bytes] = []
        size = 0
        try:
            for piece in _slices(data, _PIECE):
                self._taken += len(piece)
                for output in self._decompressed(piece):
                    self._check(len(output))
                    gathered.append(output)
                    size += len(output)
                if size >= BLOCK:
                    yield from _slices(b"".join(gathered), BLOCK)
                    gathered, size = [], 0
        except (zlib.error, zstandard.ZstdError, InputError) as error:
            yield from _slices(b"".join(gathered), BLOCK)
            raise self._translated(error) from None
        yield from _slices(b"".join(gathered), BLOCK)

    def _check(self, size: int) -> None:
        self._given += size
        if self._given > max(_HARMLESS, self._taken * self._expansion_limit):
            raise InputError(
                f"cannot read {self._name} further: {self._taken} bytes of it became {self._given}, more than "
                f"{self._expansion_limit} times as many, as in a compression bomb; if it is none, raise expansion_limit"
            )

    def _translated(self, error: Exception) -> InputError:
        if isinstance(error, InputError):
            return error
        if "too much memory" in str(error):
            return InputError(
                f"cannot read {self._name}: it takes a window of more than {_LARGEST_WINDOW // 2**20} MiB to "
                "decompress it; compress it again without --long or --ultra"
            )
        return InputError(f"cannot read {self._name}: it is no {self._format} file, or a damaged one")

    def _decompressed(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            if self._frame is None:
                if self._ended and not (piece := piece.lstrip(b"\0")):  # tapes and block devices pad files with zeros
                    return
                self._frame = self._new_frame()
            yield self._frame.decompress(piece)
            piece = b""
            if self._frame.eof:
                piece = self._frame.unused_data
                self._frame, self._ended = None, True


def _slices(data: bytes, size: int) -> Iterator[bytes]:
    if 0 < len(data) <= size:
        yield data
        return
    for start in range(0, len(data), size):
        yield data[start : start + size]
