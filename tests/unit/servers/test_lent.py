import pytest

from tests.servers import lent, pool
from tests.servers.lent import BorrowedPool, Lender
from tests.unit.servers.test_server import BrokenServer, FileServer


class OtherServer(FileServer):
    name = "other"


@pytest.fixture(autouse=True)
def _kinds(monkeypatch, tmp_path):
    """Quick servers stand for the real ones."""
    kinds = {"files": FileServer, "other": OtherServer, "broken": BrokenServer}
    monkeypatch.setattr(pool, "KINDS", kinds)
    monkeypatch.setattr(lent, "KINDS", kinds)
    monkeypatch.setattr(pool, "STATE", tmp_path / "state.json")


@pytest.fixture
def lender():
    lender = Lender()
    yield lender
    lender.close()


@pytest.fixture
def borrowers(lender):
    pools = [BorrowedPool(lender.address) for _ in range(2)]
    yield pools
    for each in pools:
        each.close()


def test_all_borrow_the_same_server(borrowers):
    one, other = (each.get(FileServer) for each in borrowers)
    assert one.state == other.state
    assert one.get("prepared") == "once"


def test_each_kind_is_a_server_of_its_own(borrowers):
    one = borrowers[0]
    one.begin(["files", "other"])
    assert one.get(FileServer).url != one.get(OtherServer).url


def test_a_server_outlives_its_borrowers_and_goes_with_the_lender():
    lender = Lender()
    borrower = BorrowedPool(lender.address)
    server = borrower.get(FileServer)
    borrower.close()
    assert server.alive()
    lender.close()
    assert not server.alive()


def test_a_start_that_fails_is_told_to_the_borrower(borrowers):
    with pytest.raises(RuntimeError, match=r"StartError: files ended; the end of its log:\s+no room for me"):
        borrowers[0].get(BrokenServer)
    assert borrowers[0].get(FileServer).alive()
