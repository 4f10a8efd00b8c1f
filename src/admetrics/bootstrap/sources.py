"""Where raw records come from."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from admetrics.bootstrap.opening import Open, Opening, open_part, system_clock
from admetrics.configuration import Settings
from admetrics.domain.errors import ConfigurationError
from admetrics.ports.source import Source


@contextmanager
def open_source(settings: Settings) -> Iterator[Source | None]:
    """Open the configured source; None if none is configured."""
    if settings.source is None:
        yield None
        return
    with ExitStack() as stack:
        yield open_part(SOURCES, "source", Opening(settings, system_clock(), stack))


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


def _followed_files(opening: Opening, url: str) -> Source:
    from admetrics.adapters.files.follow import FollowedFiles

    pattern = url.removeprefix("file://")
    if not pattern:
        raise ConfigurationError("source = 'file://' names no files: write file:///folder/*.jsonl")
    positions = opening.settings.data_dir / "positions-of-files.json"
    limit = opening.settings.expansion_limit
    return opening.stack.enter_context(closing(FollowedFiles(pattern, positions=positions, expansion_limit=limit)))


def _kafka_source(opening: Opening, url: str) -> Source:
    from admetrics.adapters.kafka.source import KafkaSource

    return opening.stack.enter_context(closing(KafkaSource(url)))


def _cassandra_source(opening: Opening, url: str) -> Source:
    from admetrics.adapters.cassandra.source import CassandraSource

    return CassandraSource(opening.cassandra(url), positions=opening.settings.data_dir / "positions-of-tables.json")


SOURCES: Final[Mapping[str, "Open[Source]"]] = {
    "cassandra": _cassandra_source,
    "kafka": _kafka_source,
    "file": _followed_files,
}
