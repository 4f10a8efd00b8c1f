"""Apache Cassandra: the lake and its dead letters in a keyspace, and an existing tracking table as a source."""

from admetrics.domain.errors import MissingExtraError

try:
    import cassandra  # noqa: F401  asked for here, once, so that every module below may rely on it
except ImportError as error:
    raise MissingExtraError("Cassandra needs a driver: pip install 'admetrics[cassandra]'") from error
