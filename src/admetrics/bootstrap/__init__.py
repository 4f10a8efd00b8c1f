"""From settings to a running pipeline: the only place that knows which URL means which adapter."""

from admetrics.adapters.files.output import atomic_output
from admetrics.adapters.files.tables import write_table
from admetrics.bootstrap.dimensions import read_dimensions
from admetrics.bootstrap.health import Check, check_parts
from admetrics.bootstrap.monitors import open_monitors
from admetrics.bootstrap.pipeline import open_pipeline, open_reader
from admetrics.bootstrap.sources import open_files, open_source

__all__ = [
    "Check",
    "atomic_output",
    "check_parts",
    "open_files",
    "open_monitors",
    "open_pipeline",
    "open_reader",
    "open_source",
    "read_dimensions",
    "write_table",
]
