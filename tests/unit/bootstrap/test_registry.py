"""Packages that are installed beside this one: real metadata, in a folder on the path."""

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from admetrics.bootstrap import registry
from admetrics.bootstrap.engines import bulk_from, check_engine
from admetrics.bootstrap.pipeline import erasure_key
from admetrics.bootstrap.registry import adapters_of, factory_of, find, scheme
from admetrics.configuration import Settings
from admetrics.domain.errors import ConfigurationError, IncompatibleError

GOOD = """
from admetrics.ports.adapter import Adapter

ADAPTERS = (
    Adapter("lake", "acme://", "{module}:open_lake", offers=("spark",)),
    Adapter("engine", "acme://", "{module}:nobody", needs=("acme",)),
)

def open_lake(url, resources):
    return url, resources
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package: its module, and the metadata that names its entry points."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(name: str, source: str = GOOD, *, scheme: str = "acme", leads_to: str = "ADAPTERS") -> None:
        module = name.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(dedent(source).replace("{module}", module), encoding="utf-8")
        metadata = tmp_path / f"{module}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[admetrics.adapters]\n{scheme} = {module}:{leads_to}\n")
        registry._others.cache_clear()
        monkeypatch.delitem(sys.modules, module, raising=False)

    yield install
    registry._others.cache_clear()


def test_its_url_reaches_it_untouched(install):
    install("whole-package")
    url = "acme+fast://u:s3cret@host/%20?a=1&a=2;b#c"
    adapter = find("lake", url)
    given: tuple = url, "resources"
    assert factory_of(adapter)(*given) == given
    assert [each.form for each in adapters_of("lake")] == ["cassandra://", "duckdb://", "acme://"]


def test_what_it_offers_is_what_counts(install):
    install("whole-package")
    check_engine(Settings(lake="acme://host", engine="local[2]"))
    check_engine(Settings(lake="acme://host", engine="python"))
    assert bulk_from(Settings(lake="acme://host", engine="auto", bus="kafka://host/topic")) > 0
    with pytest.raises(IncompatibleError, match="engine duckdb cannot read a lake of acme: what works is auto over c"):
        check_engine(Settings(lake="acme://host", engine="duckdb"))
    with pytest.raises(
        IncompatibleError, match=r"python over cassandra or duckdb or acme, .*, sc:// over cassandra or a"
    ):
        check_engine(Settings(engine="acme://cluster"))


def test_a_lake_that_is_embedded_gets_a_secret_of_its_own_and_no_other(install, tmp_path):
    install("remote-package")
    with pytest.raises(ConfigurationError, match="set erasure_key"):
        erasure_key(Settings(lake="acme://host", data_dir=tmp_path))
    embedded = GOOD.replace("acme:", "near:").replace('"spark",', '"embedded",')
    install("near-package", embedded, scheme="near")
    assert erasure_key(Settings(lake="near://x", data_dir=tmp_path)) == (tmp_path / "erasure.key").read_bytes().strip()


def test_only_who_needs_it_imports_it(install):
    install("broken-package", "raise OSError('no driver')")
    assert find("lake", "duckdb:///x.duckdb").form == "duckdb://"


@pytest.mark.parametrize(
    "source,leads_to,said",
    [
        ("raise OSError('no driver')", "ADAPTERS", "cannot be loaded: OSError: no driver"),
        (
            "import no_such_driver",
            "ADAPTERS",
            "cannot be loaded: ModuleNotFoundError: No module named 'no_such_driver'",
        ),
        ("ADAPTERS = ()", "MISSPELT", "cannot be loaded: AttributeError: "),
        ("ADAPTERS = 7", "ADAPTERS", "cannot be loaded: TypeError: "),
        ("ADAPTERS = ['acme']", "ADAPTERS", "is no sequence of `admetrics.ports.adapter.Adapter` of that scheme"),
        (GOOD.replace("acme://", "acne://"), "ADAPTERS", "is no sequence of `admetrics.ports.adapter.Adapter` of that"),
    ],
)
def test_one_that_cannot_be_loaded_is_named(install, source, leads_to, said):
    install("broken-package", source, leads_to=leads_to)
    for port in ("lake", "bus"):
        with pytest.raises(
            ConfigurationError, match="package broken-package claims the scheme acme, but its "
        ) as raised:
            find(port, "acme://host")
        assert said in str(raised.value)
    with pytest.raises(ConfigurationError, match="known are cassandra://, duckdb://; a package"):
        find("lake", "unknown://host")


def test_a_factory_that_cannot_be_imported_is_named(install):
    install("half-package")
    with pytest.raises(ConfigurationError, match="half_package:nobody cannot be loaded: AttributeError: "):
        factory_of(find("engine", "acme://host"))


def test_two_packages_that_claim_one_scheme_are_named(install):
    install("one-package")
    install("another-package")
    with pytest.raises(
        ConfigurationError, match="packages another-package and one-package all claim the scheme acme: "
    ):
        find("lake", "acme://host")
    assert find("bus", "kafka://host/topic").form == "kafka://"


def test_a_scheme_of_ours_cannot_be_taken_over(install):
    install("greedy-package", GOOD.replace("acme://", "sqlite://"), scheme="sqlite")
    with pytest.raises(ConfigurationError, match="packages admetrics and greedy-package all claim the scheme sqlite: "):
        find("warehouse", "sqlite:///x")


@pytest.mark.parametrize("adapter", registry._OURS, ids=lambda each: f"{each.port} {each.form}")
def test_each_of_ours_is_found_by_its_form_and_can_be_imported(adapter):
    assert find(adapter.port, adapter.form) == adapter
    assert callable(factory_of(adapter))


def test_no_port_and_scheme_stand_there_twice():
    keys = [(each.port, scheme(each.form)) for each in registry._OURS]
    assert len(keys) == len(set(keys))


def test_capabilities_that_are_needed_are_offered_by_some():
    offered = {word for each in registry._OURS if each.port == "lake" for word in each.offers}
    assert {word for each in registry._OURS for word in each.needs} <= offered


def test_no_file_outside_of_the_registry_asks_for_the_class_of_an_adapter():
    """What an adapter can do, it offers: so another package's can take its place."""
    classes = {each.factory.partition(":")[2].partition(".")[0] for each in registry._OURS}
    source = Path(registry.__file__).parents[1]
    lines = [line for path in source.rglob("*.py") for line in path.read_text(encoding="utf-8").splitlines()]
    assert not [line for line in lines if "isinstance(" in line and any(name in line for name in classes)]
