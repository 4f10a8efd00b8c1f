"""What is printed for people; nothing that comes from outside acts on their terminal."""

import sys
from collections.abc import Iterable, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE: Final = 1000  # nothing is cut off in a pipe


def on_one_line(text: str) -> str:
    r"""Write what a terminal would not print, of names and values from outside, as escapes.

    >>> on_one_line("cannot read a\nb\x1b[2J")
    'cannot read a\\nb\\x1b[2J'
    """
    return text if text.isprintable() else "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def on_lines(text: str) -> str:
    """Do the same for a text of several lines, which it keeps."""
    return "\n".join(map(on_one_line, text.split("\n")))


def console_of() -> Console:
    """Return what prints on standard output."""
    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else _WIDE)


def table(*heads: str, rows: Iterable[Sequence[str | Text]]) -> Table:
    """Make a table, the first column of texts and all others of figures: with lines on a terminal, plain in a pipe."""
    made = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else box.ASCII2)
    for number, head in enumerate(heads):
        made.add_column(head, justify="right" if number else "left", overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made
