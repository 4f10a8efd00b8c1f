"""The property-based test suite for adapters: strategies, and a contract suite for every port.

An adapter's test is the contract suite plus a fixture or two, which the suite's docstring names:

    class TestMyLake(LakeContract):
        @pytest.fixture
        def lake(self):
            return MyLake(...)

Needs the extra `testing` (pytest and Hypothesis).
"""
