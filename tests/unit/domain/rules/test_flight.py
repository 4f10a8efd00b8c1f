from datetime import UTC, date, datetime

import pytest

from admetrics.domain.rules.flight import Flight


@pytest.mark.parametrize(
    "flight, inside",
    [
        (Flight(), True),
        (Flight(first=date(2026, 3, 2)), True),
        (Flight(first=date(2026, 3, 3)), False),
        (Flight(last=date(2026, 3, 2)), True),
        (Flight(last=date(2026, 3, 1)), False),
        (Flight(date(2026, 3, 2), date(2026, 3, 2)), True),
        (Flight(date(2026, 3, 3), date(2026, 3, 1)), False),
    ],
)
def test_both_days_belong_to_a_flight(flight, inside):
    for time in (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, 23, 59, 59, 999999, UTC)):
        assert (time in flight) == inside
