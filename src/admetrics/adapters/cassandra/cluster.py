"""A keyspace of a cluster: how its requests are sent, tried again, and refused."""

import logging
import ssl
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from struct import Struct
from typing import Any, Final, Self

import stamina
from cassandra import ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, ResponseFuture, Session
from cassandra.policies import ConstantReconnectionPolicy, DCAwareRoundRobinPolicy, TokenAwarePolicy
from cassandra.query import BatchStatement, BatchType, BoundStatement, PreparedStatement, Statement, tuple_factory

from admetrics.adapters.cassandra.errors import translated
from admetrics.adapters.cassandra.url import CassandraUrl
from admetrics.domain.errors import ConfigurationError, PermanentError, TransientError
from admetrics.ports.adapter import Resources

Row = tuple[Any, ...]

_WRITES_IN_FLIGHT: Final = 32
_ROWS_AT_ONCE: Final = 50
_BYTES_AT_ONCE: Final = 256 * 1024
_READS_AHEAD: Final = 16
_CONNECT_TIMEOUT: Final = 5
_RECONNECT_EVERY: Final = 1.0
_PACKERS: Final[Mapping[str, Callable[[Any], bytes]]] = {
    "bigint": Struct(">q").pack,
    "blob": bytes,
    "boolean": Struct(">?").pack,
    "int": Struct(">i").pack,
    "text": str.encode,
    "timestamp": Struct(">q").pack,
    "tinyint": Struct(">b").pack,
    "uuid": lambda text: bytes.fromhex(text.replace("-", "")),
    "varchar": str.encode,
}
"""How the protocol writes the types of our tables, none of them null: the driver's own way takes twice as long.

UUIDs come as text, as events have them: no object is made of each.
"""
_DRIVER_LOG: Final = logging.getLogger("cassandra")


class CassandraKeyspace:
    """One keyspace, which may not exist yet, with the connections to its cluster.

    All reads and writes are at LOCAL_QUORUM, so a read finds every write that was confirmed before it began. What is
    written must be safe to write again: requests that were not answered are sent again, with backoff and jitter,
    until `retry_for` has passed.

    Args:
        url: see `CassandraUrl`.
        may_create: whether the keyspace and tables are created if they are missing.

    Raises:
        ConfigurationError: the URL, or a file that it names, cannot be used.
        TransientError: no node answers.
        PermanentError: the cluster refuses the user, or has no such data centre.
    """

    def __init__(self, url: str | CassandraUrl, *, may_create: bool = True) -> None:
        self.may_create = may_create
        self.url = CassandraUrl.parse(url) if isinstance(url, str) else url
        self.name = str(self.url)
        """How messages show the keyspace: no user, no password."""
        self._tls = _tls(self.url)
        self._cluster, self._session = self._connect()
        self.prepared = cache(self._prepared)

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Connect to the keyspace that a URL names."""
        return cls(url, may_create=resources.may_create)

    def __repr__(self) -> str:
        return f"CassandraKeyspace({self.name!r})"

    def close(self) -> None:
        """Close all connections; closing twice does nothing."""
        self._cluster.shutdown()

    def table(self, name: str) -> str:
        """Write the full name of a table, as statements need it."""
        return f'"{self.url.keyspace}"."{name}"'

    def bound(self, statement: str, *values: object) -> BoundStatement:
        """Prepare a statement (once) and bind values to its markers."""
        return self.prepared(statement).bind(values)

    def _prepared(self, statement: str) -> PreparedStatement:
        for attempt in self._attempts():
            with attempt, translated(self.name):
                return self._session.prepare(statement)
        raise AssertionError  # attempts end with a result or an error

    def batches(self, statement: str, rows: Iterable[tuple[Hashable, int, Sequence[object]]]) -> Iterator[Statement]:
        """Put the rows of each partition into requests of a bounded size; a replica applies each as a whole.

        Args:
            statement: writes one row.
            rows: the partition of each, its size in bytes (roughly), and the values to bind; times in milliseconds.
        """
        prepared = self.prepared(statement)
        packers = [_PACKERS[column.type.typename] for column in prepared.column_metadata]
        partitions: defaultdict[Hashable, list[tuple[int, Sequence[object]]]] = defaultdict(list)
        for partition, size, values in rows:
            partitions[partition].append((size, values))
        for of_one_partition in partitions.values():
            for some in _portions(of_one_partition):
                batch = BatchStatement(batch_type=BatchType.UNLOGGED)
                row = BoundStatement(prepared)
                for values in some:
                    row.values = [pack(value) for pack, value in zip(packers, values, strict=True)]
                    batch.add(row)
                yield batch

    def execute(self, statement: str | Statement) -> list[Row]:
        """Run a statement and return its rows; one that changes the layout must say IF NOT EXISTS."""
        for attempt in self._attempts():
            with attempt, translated(self.name):
                return list(self._session.execute(statement))
        raise AssertionError  # attempts end with a result or an error

    def write(self, statements: Iterable[Statement]) -> None:
        """Run statements in any order, several at once; when this returns, all of them are confirmed.

        If it raises, any of them may have been applied.
        """
        coming = iter(statements)
        again: deque[Statement] = deque()
        for attempt in self._attempts():
            with attempt, translated(self.name):
                self._write(again, coming)

    def _write(self, again: deque[Statement], coming: Iterator[Statement]) -> None:
        """Send what is to be sent again, then what is coming; what was not confirmed is in `again` if this raises."""
        in_flight: deque[tuple[Statement, ResponseFuture]] = deque()
        try:
            while True:
                while len(in_flight) < _WRITES_IN_FLIGHT:
                    statement = again.popleft() if again else next(coming, None)
                    if statement is None:
                        break
                    in_flight.append((statement, self._session.execute_async(statement)))
                if not in_flight:
                    return
                in_flight[0][1].result()
                in_flight.popleft()
        finally:
            again.extend(statement for statement, _ in in_flight)

    def read(self, statements: Iterable[BoundStatement]) -> Iterator[Iterator[Row]]:
        """Run queries, several ahead of the reader; their rows come page by page, so memory stays bounded.

        Args:
            statements: the queries; they are taken as they are needed.

        Returns:
            The rows of each query, in the order of the queries. Exhaust one before asking for the next.
        """
        queries = iter(statements)
        sent = deque((query, self._session.execute_async(query)) for query in islice(queries, _READS_AHEAD))
        while sent:
            query, future = sent.popleft()
            sent.extend((following, self._session.execute_async(following)) for following in islice(queries, 1))
            yield self._rows(query, future)

    def _rows(self, query: BoundStatement, first: ResponseFuture) -> Iterator[Row]:
        page = self._page(query, None, first)
        while page.has_more_pages:
            following = self._session.execute_async(query, paging_state=page.paging_state)  # comes while these are read
            yield from page.current_rows
            page = self._page(query, page.paging_state, following)
        yield from page.current_rows

    def _page(self, query: BoundStatement, start: bytes | None, sent: ResponseFuture | None) -> Any:
        for attempt in self._attempts():
            with attempt, translated(self.name):
                future = sent or self._session.execute_async(query, paging_state=start)
                sent = None  # the next attempt asks again
                return future.result()
        raise AssertionError  # attempts end with a result or an error

    def nodes(self) -> int:
        """Count the nodes of the local data centre, those that are down included."""
        return sum(host.datacenter == self.url.local_dc for host in self._cluster.metadata.all_hosts())

    def _attempts(self) -> Iterator[Any]:
        return iter(
            stamina.retry_context(
                on=TransientError,
                attempts=None,
                timeout=self.url.retry_for,
                wait_initial=0.1,
                wait_jitter=0.1,
                wait_max=1,
            )
        )

    def _connect(self) -> tuple[Cluster, Session]:
        _quiet()
        for attempt in self._attempts():
            with attempt, translated(self.name):
                cluster = self._new_cluster()
                try:
                    session = cluster.connect()
                except BaseException as error:
                    cluster.shutdown()
                    if isinstance(error, NoHostAvailable):
                        self._check_local_dc(cluster)
                    raise
                # A clock of ours that was wrong for a while would win over all that is written after it.
                session.use_client_timestamp = False
                return cluster, session
        raise AssertionError  # attempts end with a result or an error

    def _new_cluster(self) -> Cluster:
        url = self.url
        profile = ExecutionProfile(
            TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc=url.local_dc)),
            consistency_level=ConsistencyLevel.LOCAL_QUORUM,
            request_timeout=url.timeout,
            row_factory=tuple_factory,
        )
        return Cluster(
            [(host.address, host.port) for host in url.hosts],
            port=url.hosts[-1].port,  # of the nodes that the cluster names itself
            protocol_version=5,
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
            reconnection_policy=ConstantReconnectionPolicy(_RECONNECT_EVERY, None),
            auth_provider=PlainTextAuthProvider(url.user, url.password) if url.user else None,
            ssl_context=self._tls,
            connect_timeout=_CONNECT_TIMEOUT,
        )

    def _check_local_dc(self, cluster: Cluster) -> None:
        known = {host.datacenter for host in cluster.metadata.all_hosts() if host.datacenter}
        if known and self.url.local_dc not in known:
            raise PermanentError(
                f"{self.name} has no data centre {self.url.local_dc!r}: write ?local_dc={' or '.join(sorted(known))}"
            )


def _portions(rows: Iterable[tuple[int, Sequence[object]]]) -> Iterator[list[Sequence[object]]]:
    portion: list[Sequence[object]] = []
    total = 0
    for size, values in rows:
        if portion and (len(portion) == _ROWS_AT_ONCE or total + size > _BYTES_AT_ONCE):
            yield portion
            portion, total = [], 0
        portion.append(values)
        total += size
    if portion:
        yield portion


def _tls(url: CassandraUrl) -> ssl.SSLContext | None:
    if url.ca is None:
        return None
    try:
        context = ssl.create_default_context(cafile=url.ca)
        context.check_hostname = url.check_host
        if url.certificate is not None:
            context.load_cert_chain(url.certificate, url.key)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(str(file) for file in (url.ca, url.certificate, url.key) if file)
        raise ConfigurationError(f"cannot read the PEM files of {url} ({files}): {error.strerror}") from error
    return context


def _quiet() -> None:
    """Keep the driver from telling what our own errors tell, unless its logger was set up by the user."""
    if _DRIVER_LOG.level == logging.NOTSET:
        _DRIVER_LOG.setLevel(logging.CRITICAL)
