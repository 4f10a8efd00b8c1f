import pytest

from admetrics.adapters.spark.url import Place, SparkUrl
from admetrics.domain.errors import ConfigurationError


@pytest.mark.parametrize(
    "url,place",
    [
        ("local", Place.LOCAL),
        ("local[*]", Place.LOCAL),
        ("local[2]", Place.LOCAL),
        ("spark://host:7077", Place.CLUSTER),
        ("spark://one:7077,two:7077", Place.CLUSTER),
        ("sc://host", Place.CONNECT),
        ("sc://host:15002", Place.CONNECT),
        ("sc://[::1]:15002/", Place.CONNECT),
        ("sc://host:15002/;use_ssl=true;token=top-secret", Place.CONNECT),
    ],
)
def test_the_form_says_where_spark_runs(url, place):
    found = SparkUrl.parse(url)
    assert found.place is place
    assert found.url == url
    assert "top-secret" not in f"{found} {found!r}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "local[0]",
        "local[2",
        "local[two]",
        "spark://host",
        "spark://host:7077/x",
        "sc://",
        "sc://me:top-secret@host",
        "sc://host/path",
        "yarn",
    ],
)
def test_anything_else_is_refused_without_quoting_it(url):
    with pytest.raises(ConfigurationError, match="must look like local") as refused:
        SparkUrl.parse(url)
    assert "top-secret" not in str(refused.value)
