import logging
import subprocess
import sys

import pytest

WITHOUT_DRIVER = """
import sys
sys.modules["kafka"] = None
from admetrics.domain.errors import MissingExtraError
try:
    import admetrics.adapters.kafka.{module}
except MissingExtraError as error:
    print(error)
"""


@pytest.mark.parametrize("module", ["bus", "source", "dead_letters", "url"])
def test_without_the_driver_the_error_says_what_to_install(module):
    program = WITHOUT_DRIVER.format(module=module)
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "pip install 'admetrics[kafka]'" in said


def test_what_the_driver_logs_of_its_own_is_not_heard():
    import admetrics.adapters.kafka  # noqa: F401

    assert not logging.getLogger("kafka").propagate
