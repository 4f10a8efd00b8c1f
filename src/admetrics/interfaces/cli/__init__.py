"""The command line: a thin layer over the library."""

from admetrics.interfaces.cli.main import main

__all__ = ["main"]
