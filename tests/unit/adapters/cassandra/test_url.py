from datetime import timedelta

import pytest

from admetrics.adapters.cassandra.url import CassandraUrl, Host
from admetrics.domain.errors import ConfigurationError
from admetrics.ports.lake import SparkTable


def test_everything_that_a_url_can_say():
    url = CassandraUrl.parse(
        "cassandra://me%40home:se%2Fcret@one,[::1]:9142/Figures/tracking?local_dc=paris&replication=2&ca=/a.pem"
        "&certificate=/b.pem&key=/c.pem&check_host=no&timeout=2.5s&retry_for=60"
    )
    assert url.hosts == (Host("one", 9142), Host("::1", 9142))
    assert (url.user, url.password, url.keyspace, url.table) == ("me@home", "se/cret", "Figures", "tracking")
    assert (url.local_dc, url.replication, url.check_host) == ("paris", 2, False)
    assert [str(file) for file in (url.ca, url.certificate, url.key)] == ["/a.pem", "/b.pem", "/c.pem"]
    assert (url.timeout, url.retry_for) == (2.5, 60)


def test_most_of_it_may_be_left_out():
    url = CassandraUrl.parse("cassandra://host/figures")
    assert url == CassandraUrl(hosts=(Host("host", 9042),), keyspace="figures")


def test_a_host_without_a_port_has_that_of_the_last_one():
    assert [host.port for host in CassandraUrl.parse("cassandra://a,b:1,c:2/k").hosts] == [2, 1, 2]


def test_the_password_is_never_shown():
    url = CassandraUrl.parse("cassandra://me:top-secret@host/figures?ca=/a.pem")
    assert "top-secret" not in f"{url} {url!r}"
    assert str(url) == "cassandra://host:9042/figures"


@pytest.mark.parametrize(
    "url",
    [
        "cassandra:/host/figures",
        "cassandra://",
        "cassandra://me:top-secret@/figures",
        "cassandra://me:top-secret@host",
        "cassandra://me:top-secret@host/",
        "cassandra://me:top-secret@host/1figures",
        "cassandra://me:top-secret@host/fig ures",
        "cassandra://me:top-secret@host/figures/a/b",
        'cassandra://me:top-secret@host/figures/a"b',
        "cassandra://me:top-secret@host:port/figures",
        "cassandra://me:top-secret@host:0/figures",
        "cassandra://me:top-secret@host:70000/figures",
        "cassandra://me:top-secret@a,,b/figures",
        "cassandra://me:top-secret@[::1/figures",
        "cassandra://me:top-secret@host/figures#fragment",
        "mysql://me:top-secret@host/figures",
    ],
)
def test_what_is_malformed_is_refused_without_showing_the_password(url):
    with pytest.raises(ConfigurationError) as refused:
        CassandraUrl.parse(url)
    assert "top-secret" not in str(refused.value)


@pytest.mark.parametrize(
    "parameters, said",
    [
        (
            "colour=red",
            "unknown parameter 'colour' of a Cassandra URL: known are ca, certificate, check_host, key, local_dc",
        ),
        ("replication=0", "replication of a Cassandra URL must be a whole number above 0"),
        ("replication=many", "replication of a Cassandra URL must be a whole number above 0"),
        ("timeout=-1", "timeout of a Cassandra URL must be a number of seconds, e.g. 10s"),
        ("timeout=nan", "timeout of a Cassandra URL must be a number of seconds, e.g. 10s"),
        ("timeout=inf", "timeout of a Cassandra URL must be a number of seconds, e.g. 10s"),
        ("retry_for=", "retry_for of a Cassandra URL must be a number of seconds, e.g. 10s"),
        ("check_host=maybe", "check_host of a Cassandra URL must be yes or no"),
        ("local_dc=", "local_dc of a Cassandra URL must be a name"),
        ("ca=", "ca of a Cassandra URL must be the path of a PEM file"),
        ("certificate=/a.pem", "need ca, which switches TLS on"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused_with_what_would(parameters, said):
    with pytest.raises(ConfigurationError) as refused:
        CassandraUrl.parse(f"cassandra://host/figures?{parameters}")
    assert said in str(refused.value)


def test_spark_reads_at_local_quorum_in_the_local_data_centre():
    assert CassandraUrl.parse("cassandra://one:9042,[::1]:9142/figures?local_dc=paris").spark_options() == {
        "keyspace": "figures",
        "table": "events",
        "spark.cassandra.connection.host": "one:9042,[::1]:9142",
        "spark.cassandra.connection.port": "9142",
        "spark.cassandra.connection.localDC": "paris",
        "spark.cassandra.input.consistency.level": "LOCAL_QUORUM",
        "spark.cassandra.input.fetch.sizeInRows": "20000",
    }


def test_user_and_encryption_are_passed_on_to_spark():
    found = CassandraUrl.parse("cassandra://me:top-secret@host/figures?ca=/a.pem").spark_options()
    assert found.items() >= {
        ("spark.cassandra.auth.username", "me"),
        ("spark.cassandra.auth.password", "top-secret"),
        ("spark.cassandra.connection.ssl.enabled", "true"),
    }
    assert "top-secret" not in repr(SparkTable("any", found, lambda minutes: [], timedelta()))
