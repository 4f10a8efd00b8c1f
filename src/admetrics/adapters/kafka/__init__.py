"""A source of raw records, the bus and the dead letters on Apache Kafka, by kafka-python."""

import logging
from typing import Final

from admetrics.domain.errors import MissingExtraError

try:
    import kafka  # noqa: F401  asked for here, so that the first import says what to install
except ImportError as error:
    raise MissingExtraError("Kafka needs a package that is not installed: pip install 'admetrics[kafka]'") from error

_log: Final = logging.getLogger("kafka")
if _log.level == logging.NOTSET:
    # The driver logs each attempt of its own as an error. What matters leaves this package as an exception; set a
    # level on the logger `kafka` first to see the rest.
    _log.propagate = False
