"""Files that users give and get."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from admetrics.domain.dimensions import Dimensions


def read_dimensions(paths: Iterable[Path]) -> Dimensions:
    """Read CSV files of dimensions (job.csv, campaign.csv, group.csv, company.csv, master_publisher.csv).

    Args:
        paths: such files, or folders of them.

    Raises:
        InputError: a file is missing, unknown or malformed.
    """
    from admetrics.adapters.files.dimensions import read_dimensions

    return read_dimensions(paths)


def write_table(file_format: str, columns: Sequence[str], rows: Iterable[Sequence[object]], out: BinaryIO) -> None:
    """Write a table as `csv`, `jsonl` or `parquet`."""
    from admetrics.adapters.files.tables import write_table

    write_table(file_format, columns, rows, out)


def atomic_output(path: Path) -> AbstractContextManager[BinaryIO]:
    """Open a file that appears whole when the context ends well, or not at all."""
    from admetrics.adapters.files.output import atomic_output

    return atomic_output(path)
