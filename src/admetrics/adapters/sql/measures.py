"""The measures that migrations know by name: those that the tables had then, whatever they have now."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

GROSS: Final[Mapping[str, str]] = {
    "impressions": "impressions",
    "page_views": "page_views",
    "clicks": "clicks",
    "conversions": "conversion",
    "qualified": "qualified_application",
    "disqualified": "disqualified_application",
    "spend": "spend_hour",
}
"""The measures of the first release: the name in the views, and that of the column."""
NET: Final[Mapping[str, Any]] = {
    "paid_clicks": sa.BigInteger,
    "valid_clicks": sa.BigInteger,
    "valid_spend": sa.Double,
    "internal_clicks": sa.BigInteger,
    "robot_clicks": sa.BigInteger,
    "repeat_clicks": sa.BigInteger,
    "out_of_flight_clicks": sa.BigInteger,
}
"""Those that revision warehouse_0003 added, with their types."""
