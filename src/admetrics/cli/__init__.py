"""The command line: a thin layer over the library."""

from admetrics.cli.main import main

__all__ = ["main"]
