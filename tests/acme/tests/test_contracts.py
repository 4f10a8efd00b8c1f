"""The package's own tests: what every lake and every warehouse keeps."""

from collections.abc import Callable

import pytest
from admetrics_acme.lake import AcmeLake
from admetrics_acme.store import AcmeStore
from admetrics_acme.warehouse import AcmeWarehouse

from admetrics.ports.lake import Lake
from admetrics.ports.warehouse import Warehouse
from admetrics.testing.contracts.lake import LakeContract
from admetrics.testing.contracts.warehouse import WarehouseContract


@pytest.fixture
def url(tmp_path):
    return f"acme:///{tmp_path}/figures.acme?wait=5"


class TestAcmeLake(LakeContract):
    examples = 5

    @pytest.fixture
    def lake(self, url) -> Lake:
        return AcmeLake(AcmeStore(url))

    @pytest.fixture
    def reopen(self, url) -> Callable[[], Lake]:
        return lambda: AcmeLake(AcmeStore(url))


class TestAcmeWarehouse(WarehouseContract):
    examples = 5

    @pytest.fixture
    def warehouse(self, url, clock) -> Warehouse:
        return AcmeWarehouse(AcmeStore(url), clock=clock)

    @pytest.fixture
    def reopen(self, url, clock) -> Callable[[], Warehouse]:
        return lambda: AcmeWarehouse(AcmeStore(url), clock=clock)
