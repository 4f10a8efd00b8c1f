"""Where Spark runs, as a URL says it."""

import re
from enum import Enum
from typing import Final, Self

import attrs

from admetrics.domain.errors import ConfigurationError

_LOCAL: Final = re.compile(r"local(\[(\*|[1-9]\d*)\])?", re.ASCII).fullmatch
_CLUSTER: Final = re.compile(r"spark://[^/\s:,]+:\d+(,[^/\s:,]+:\d+)*", re.ASCII).fullmatch
_CONNECT: Final = re.compile(r"(sc://([^/\s:;@\[\]]+|\[[0-9A-Fa-f:.]+\])(:\d+)?)(/(;\S*)?)?", re.ASCII).fullmatch
_FORMS: Final = "local[*], local[2], spark://host:7077 or sc://host:15002"


class Place(Enum):
    """Where the work is done, and which process plans it."""

    LOCAL = "local"
    """Everything in a Java process of our own."""
    CLUSTER = "cluster"
    """Planned by a Java process of our own, done by the executors of a standalone cluster."""
    CONNECT = "connect"
    """Planned and done by a Spark Connect server; no Java is needed here."""


@attrs.frozen
class SparkUrl:
    """Where Spark runs. Its text never shows the parameters, one of which may be a token.

    Args:
        url: as Spark's own clients take it.
        place: which of them.
        name: how messages show it.
    """

    url: str = attrs.field(repr=False)
    place: Place
    name: str

    def __str__(self) -> str:
        """Write it for messages."""
        return self.name

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL.

        Raises:
            ConfigurationError: it has none of the known forms.

        >>> print(SparkUrl.parse("sc://host:15002/;use_ssl=true;token=secret"))
        Spark Connect at sc://host:15002
        """
        if _LOCAL(url):
            return cls(url, Place.LOCAL, f"Spark at {url}")
        if _CLUSTER(url):
            return cls(url, Place.CLUSTER, f"Spark at {url}")
        if match := _CONNECT(url):
            return cls(url, Place.CONNECT, f"Spark Connect at {match[1]}")
        raise ConfigurationError(f"the URL of Spark must look like {_FORMS}")
