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
SUMMED: Final[Mapping[str, Any]] = {**dict.fromkeys(GROSS.values(), sa.BigInteger), GROSS["spend"]: sa.Double, **NET}
"""The columns with which revision warehouse_0004 made `daily_sums`, with their types."""

# 1e0: servers divide integers to four digits behind the point, SQLite to none.
GROSS_RATIOS: Final[Mapping[str, str]] = {
    "ctr": "1e0 * f.clicks / NULLIF(f.impressions, 0)",
    "cpc": "1e0 * f.spend / NULLIF(f.clicks, 0)",
    "cpa": "1e0 * f.spend / NULLIF(f.conversions, 0)",
    "cost_per_qualified": "1e0 * f.spend / NULLIF(f.qualified, 0)",
    "apply_rate": "1e0 * f.conversions / NULLIF(f.clicks, 0)",
    "qualified_rate": "1e0 * f.qualified / NULLIF(f.conversions, 0)",
}
NET_RATIOS: Final[Mapping[str, str]] = {
    **GROSS_RATIOS,
    "invalid_rate": "1e0 * (f.clicks - f.valid_clicks) / NULLIF(f.clicks, 0)",
}
