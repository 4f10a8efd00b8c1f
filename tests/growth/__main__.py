"""`python -m tests.growth`: all linters and unit tests on a copy with one metric more."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.growth.grown import Grown


def main() -> None:
    with TemporaryDirectory() as folder:
        grown = Grown(Path(folder) / "copy")
        grown.python("ruff", "check", ".")
        grown.python("mypy")
        suites = ("tests/unit", "tests/growth/test_stated_once.py", "src")
        grown.python("pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *suites)
    print("a metric more: the linters found nothing, and all tests passed")


if __name__ == "__main__":
    main()
