from tests.views import ViewsContract


class TestSqliteViews(ViewsContract):
    pass
