"""What figures can be chosen and broken down by."""

from enum import StrEnum
from typing import Final


class Axis(StrEnum):
    """What figures can be broken down by; `value` is the word for it, in addresses and on pages."""

    HOUR = "hour"
    JOB = "job"
    PUBLISHER = "publisher"
    CAMPAIGN = "campaign"
    GROUP = "group"
    COMPANY = "company"

    @property
    def column(self) -> str:
        """The column of table `events`."""
        return "event_hour" if self is Axis.HOUR else f"{self.value}_id"


AXES: Final = (Axis.COMPANY, Axis.CAMPAIGN, Axis.GROUP, Axis.PUBLISHER, Axis.JOB)
"""Those that readers choose from; an hour is chosen by a period."""
