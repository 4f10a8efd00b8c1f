"""Says how to have more walks."""

import os


def pytest_terminal_summary(terminalreporter):
    if "ADMETRICS_SIMULATIONS" not in os.environ:
        terminalreporter.write_line("simulation: the same walks each time; ADMETRICS_SIMULATIONS=20000 walks others")
