"""Near-real-time performance figures for job advertising.

The rules are pure functions over frozen values:

>>> from datetime import UTC, datetime
>>> record = Record.of(
...     {
...         "create_time": "2aa10ec0-16d7-11f1-98f8-ff3f08b10e4b",
...         "custom_track": "click",
...         "job_id": 7,
...         "publisher_id": 3,
...         "bid": 12,
...     }
... )
>>> click = classify(record, limits=TimeLimits.at(datetime(2026, 3, 4, tzinfo=UTC)))
>>> [(cell, measures)] = fold([click]).items()
>>> cell.job, cell.publisher, measures.clicks, measures.spend
(7, 3, 1, 12)
>>> kpis(measures).cpc
12.0

The system is a pipeline over adapters, chosen by configuration; without any it runs embedded:

>>> with open_pipeline(Settings(data_dir=folder)) as pipeline:
...     pipeline.tick().rolled_up.published
0
"""

from admetrics.app.pipeline import Pipeline
from admetrics.bootstrap import open_files, open_pipeline, open_source, read_dimensions
from admetrics.configuration import Settings, settings
from admetrics.domain.errors import (
    AdmetricsError,
    BackendError,
    ConfigurationError,
    InputError,
    PermanentError,
    TransientError,
)
from admetrics.domain.events.classify import classify
from admetrics.domain.events.event import Event, Interaction
from admetrics.domain.events.kind import Kind
from admetrics.domain.events.record import Record, decode
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.metrics.measures import Kpis, Measures, kpis
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.rollup.fold import fold, merge
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import Period, TimeLimits
from admetrics.ports.warehouse import Total

__all__ = [
    "AdmetricsError",
    "Axis",
    "BackendError",
    "Cell",
    "ConfigurationError",
    "Event",
    "InputError",
    "Interaction",
    "Kind",
    "Kpis",
    "Measures",
    "Period",
    "PermanentError",
    "Pipeline",
    "Reason",
    "Record",
    "Rejection",
    "Row",
    "Settings",
    "TimeLimits",
    "Total",
    "TransientError",
    "classify",
    "decode",
    "fold",
    "kpis",
    "merge",
    "open_files",
    "open_pipeline",
    "open_source",
    "read_dimensions",
    "settings",
]
