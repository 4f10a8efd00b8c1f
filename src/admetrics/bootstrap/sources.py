"""Where raw records come from."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

from admetrics.bootstrap.opening import Opening
from admetrics.configuration import Settings
from admetrics.ports.source import Source


@contextmanager
def open_source(settings: Settings) -> Iterator[Source | None]:
    """Open the configured source, creating a topic that is missing; None if none is configured."""
    if settings.source is None:
        yield None
        return
    with ExitStack() as stack:
        yield Opening(settings, None, stack, may_create=True).part("source")


def open_files(
    files: Sequence[Path], *, file_format: str | None = None, settings: Settings | None = None
) -> AbstractContextManager[Source]:
    """Open files as a source that is read once.

    Args:
        files: their paths; `-` is standard input.
        file_format: `jsonl` or `csv`; None: by file name.
        settings: bound what may come out of a compressed file; None: the defaults.
    """
    from admetrics.adapters.files.source import FilesSource

    limit = (settings or Settings()).expansion_limit
    return closing(FilesSource(files, file_format=file_format, stdin=sys.stdin.buffer, expansion_limit=limit))
