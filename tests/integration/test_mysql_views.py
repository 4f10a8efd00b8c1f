import pytest

from tests.views import ViewsContract


class TestMysqlViews(ViewsContract):
    examples = 15

    @pytest.fixture
    def database(self, open_database):
        return open_database()
