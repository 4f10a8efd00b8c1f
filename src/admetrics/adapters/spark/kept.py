"""Spark with the lake in sight: opened when it is first needed, kept, and opened again if it was lost."""

from collections.abc import Callable
from typing import Final, TypeVar

import attrs
import stamina
from pyspark.sql import SparkSession

from admetrics.adapters.spark.errors import UnseenKeyspaceError, translated
from admetrics.adapters.spark.events import VIEW
from admetrics.adapters.spark.session import Opened
from admetrics.adapters.spark.url import SparkUrl
from admetrics.domain.errors import TransientError
from admetrics.ports.lake import SparkTable

_SCANS_PER_CORE: Final = 2
_SEEN_WITHIN: Final = 10
_SECRETS: Final = "(?i)url|password|secret|token|jaas|ssl.keystore.key"
"""Options whose values Spark must not show in plans, in its pages and in its event log."""
_COUNT_CORES: Final = "SELECT count(*) FROM (SELECT DISTINCT spark_partition_id() FROM range(0, 100000))"

_T = TypeVar("_T")


@attrs.frozen
class Ready:
    """An open session in which the view of the events is there, and into how many scans a read is cut at the most."""

    opened: Opened
    scans: int

    @property
    def session(self) -> SparkSession:
        """What statements are sent to."""
        return self.opened.session


class ReconnectingSession:
    """One session for all that is done on Spark.

    Args:
        url: where Spark runs.
        open_session: opens Spark.
        events: what can be read.
    """

    def __init__(self, url: SparkUrl, open_session: Callable[[], Opened], events: SparkTable) -> None:
        self.url = url
        self.events = events
        self._open_session = open_session
        self._ready: Ready | None = None

    def close(self) -> None:
        """Close the session; the next work opens another one."""
        if self._ready is not None:
            self._ready.opened.close()
            self._ready = None

    def run(self, work: Callable[[Ready], _T]) -> _T:
        """Do something that may be done again; once more, in a new session, if an older one was lost.

        Raises:
            TransientError: Spark, or a store that it speaks to, did not answer.
            PermanentError: it did not do its work.
        """
        kept = self._ready is not None
        try:
            return self._run(work)
        except TransientError:
            self.close()
            if not kept:
                raise
        return self._run(work)

    def _run(self, work: Callable[[Ready], _T]) -> _T:
        ready = self._ready = self._ready or self._open()
        with translated(self.url):
            return work(ready)

    def _open(self) -> Ready:
        opened = self._open_session()
        try:
            self._make_view(opened)
            with translated(self.url):
                ((cores,),) = opened.session.sql(_COUNT_CORES).collect()
                scans = cores * _SCANS_PER_CORE
                # The default is 200, which is too many for cells that fit into this process in the end.
                opened.session.conf.set("spark.sql.shuffle.partitions", scans)
                opened.session.conf.set("spark.sql.session.timeZone", "UTC")
                opened.session.conf.set("spark.sql.redaction.options.regex", _SECRETS)
        except BaseException:
            opened.close()
            raise
        return Ready(opened, scans)

    def _make_view(self, opened: Opened) -> None:
        """Give the events a name; a connector that is connected already learns of a new keyspace with a delay."""
        for attempt in stamina.retry_context(UnseenKeyspaceError, attempts=None, timeout=_SEEN_WITHIN, wait_max=1):
            with attempt, translated(self.url):
                opened.session.read.format(self.events.format).options(
                    **self.events.options
                ).load().createOrReplaceTempView(VIEW)
