from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.dead_letters import MemoryDeadLetters
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.dimensions import SqlDimensions
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.app.reader import Reader
from admetrics.domain.dimensions import Campaign, Company, Dimensions, Job, Publisher
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.row import Cell, Row
from admetrics.interfaces.html.live import LiveView
from admetrics.interfaces.web.app import Figures, live_app
from admetrics.ports.clock import Clock

NOW = datetime(2026, 3, 20, 12, 30, tzinfo=UTC)
HOUR = datetime(2026, 3, 20, 11, tzinfo=UTC)

DIMENSIONS = Dimensions(
    jobs=(Job(7, 1, 4, title="Driver"), Job(8, 2, title="<b>Nurse</b>")),
    campaigns=(Campaign(4, 1, "Spring"),),
    companies=(Company(1, "Acme"), Company(2, "=HYPERLINK(1)")),
    publishers=(Publisher(1, "Lotus", "USD"), Publisher(2, '"><script>alert(1)</script>', "VND")),
)


def row(job: int, company: int | None, *, publisher: int = 1, campaign: int = 4, version: int = 1, **figures) -> Row:
    measures = Measures(**{"impressions": 10, "clicks": 2, "spend": 5, "valid_spend": 5, **figures})
    return Row(Cell(HOUR, job, publisher, campaign, 0), measures, company, version, "Memory")


ROWS = (row(7, 1), row(8, 2, publisher=2, campaign=0, clicks=3), row(9, None, publisher=0, clicks=4, conversions=1))


class Site:
    """The app over a SQLite warehouse, as a browser sees it."""

    def __init__(self, file, clock: Clock) -> None:
        self.database = Database(f"sqlite:///{file}")
        self.warehouse = SqlWarehouse(self.database, clock=clock)
        self.dimensions = SqlDimensions(self.database)
        self.reader = Reader(
            warehouse=self.warehouse,
            dimensions=self.dimensions,
            open_books=lambda: nullcontext((MemoryLake(), MemoryDeadLetters())),
            clock=clock,
        )
        self.figures = Figures(
            answer=self.reader.answer, version=self.reader.version, view=LiveView(), zone=ZoneInfo("UTC")
        )
        self.client = client_of(self.figures)

    def get(self, path: str = "/", **options: Any) -> Any:
        return self.client.get(path, **options)


def client_of(figures: Figures) -> TestClient:
    app = live_app(figures, local=True)
    return TestClient(cast("Any", app), base_url="http://127.0.0.1:8050")


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def site(tmp_path, clock):
    made = Site(tmp_path / "warehouse.sqlite", clock)
    made.dimensions.put(DIMENSIONS)
    made.warehouse.upsert(ROWS)
    yield made
    made.client.close()
    made.database.close()
