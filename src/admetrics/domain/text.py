"""What counts as space when a value is trimmed: ASCII only, so that nothing exotic passes for nothing."""

from typing import Final

ASCII_SPACE: Final = " \t\n\r\v\f"
