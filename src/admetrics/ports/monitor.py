"""The port to monitoring of the running pipeline."""

from collections.abc import Mapping
from typing import Protocol


class Monitor(Protocol):
    """Shows operators how the pipeline is doing."""

    def observe(self, figures: Mapping[str, float]) -> None:
        """Take the figures of one tick; it must not raise, and not wait.

        Args:
            figures: by name, as `admetrics.app.run` describes them; those that are unknown are left out. A part of a
                figure is named after both, as in `rejected:not_json`.
        """
        ...
