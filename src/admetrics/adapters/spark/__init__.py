"""Apache Spark: an engine over the lake in Cassandra, in this process, on a cluster, or behind Spark Connect."""

from importlib.metadata import version
from typing import Final

from admetrics.domain.errors import ConfigurationError, MissingExtraError

_EXTRA: Final = "pip install 'admetrics[spark]'"
_FIRST_PANDAS_THAT_DOES_NOT_FIT: Final = 3

try:
    # Asked for here, once, so that every module below may rely on it; pyspark checks the rest of what it needs itself.
    import grpc  # noqa: F401
    import pyspark
    from pyspark.sql.connect import session as _connect  # noqa: F401
except ImportError as error:
    raise MissingExtraError(f"Spark needs its client, with all of its packages: {_EXTRA}") from error

RELEASE: Final = "4.2"
"""The release of Spark that this adapter speaks to; its connectors are made for it."""


def check_packages() -> None:
    """Refuse packages that are known not to work together.

    Raises:
        ConfigurationError: another pyspark, or a pandas that it fails on.
    """
    if pyspark.__version__.rpartition(".")[0] != RELEASE:
        raise ConfigurationError(f"pyspark {pyspark.__version__} does not fit, {RELEASE} is needed: {_EXTRA}")
    if int(version("pandas").partition(".")[0]) >= _FIRST_PANDAS_THAT_DOES_NOT_FIT:
        raise ConfigurationError(f"pyspark {RELEASE} does not work with pandas {version('pandas')}: {_EXTRA}")
