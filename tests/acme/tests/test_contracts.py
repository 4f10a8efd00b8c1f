"""The package's own tests: what every lake and every warehouse keeps."""

import pytest
from admetrics_acme.lake import AcmeLake
from admetrics_acme.store import AcmeStore
from admetrics_acme.warehouse import AcmeWarehouse

from admetrics.testing.contracts.lake import LakeContract
from admetrics.testing.contracts.warehouse import WarehouseContract


@pytest.fixture
def url(tmp_path):
    return f"acme:///{tmp_path}/figures.acme?wait=5"


class TestAcmeLake(LakeContract):
    examples = 5

    @pytest.fixture
    def lake(self, url):
        return AcmeLake(AcmeStore(url))

    @pytest.fixture
    def reopen(self, url):
        return lambda: AcmeLake(AcmeStore(url))


class TestAcmeWarehouse(WarehouseContract):
    examples = 5

    @pytest.fixture
    def warehouse(self, url, clock):
        return AcmeWarehouse(AcmeStore(url), clock=clock)

    @pytest.fixture
    def reopen(self, url, clock):
        return lambda: AcmeWarehouse(AcmeStore(url), clock=clock)
