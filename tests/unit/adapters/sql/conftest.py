from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from admetrics.adapters.sql.database import Database

Open = Callable[[], Database]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def open_database(file: Path) -> Iterator[Open]:
    """Opens the database of the test, as often as asked; all are closed in the end."""
    opened: list[Database] = []

    def open_again() -> Database:
        opened.append(Database(f"sqlite:///{file}"))
        return opened[-1]

    yield open_again
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Open) -> Database:
    return open_database()
