"""The port to the view: how an answer is shown in a browser."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from admetrics.domain.question import Answer


@attrs.frozen
class Asset:
    """A file that stands beside the page.

    Args:
        media_type: as HTTP names it.
        content: its bytes.
    """

    media_type: str
    content: bytes


class View(Protocol):
    """Makes the live page; knows nothing of how it is delivered."""

    @property
    def assets(self) -> Mapping[str, Asset]:
        """The scripts and the style sheets that the page names as `assets/NAME`, by their names."""
        ...

    def page(self, answer: Answer, nonce: str) -> bytes:
        """Write the page: HTML in UTF-8, in which all user text is escaped.

        All addresses in it are relative to its own: `?QUERY` shows another question, `figures.csv?QUERY` has the
        lines of its breakdown, `assets/NAME` is one of the assets.

        Args:
            answer: what to show.
            nonce: marks the scripts and style sheets that the page's policy allows.
        """
        ...
