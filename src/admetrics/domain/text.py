"""What counts as space when a value is trimmed, and as a UUID: ASCII only, so that nothing exotic passes for either."""

import re
from typing import Final

ASCII_SPACE: Final = " \t\n\r\v\f"

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII).fullmatch
_DIGITS: Final = re.compile(r"[0-9a-f]{32}", re.ASCII).fullmatch
_AROUND: Final = (("urn:uuid:", ""), ("{", "}"), ("(", ")"))


def plain_uuid(text: str) -> str | None:
    """Return a UUID as RFC 9562 writes it: 36 characters in lower case.

    Args:
        text: a UUID in any case, also without hyphens, in braces or parentheses, or as a URN (RFC 9562, section 4);
            spaces around it do not matter.

    Returns:
        None if `text` is no UUID.

    >>> plain_uuid(" {2AA10EC0-16D7-11F1-98F8-FF3F08B10E4B} ") == plain_uuid("2aa10ec016d711f198f8ff3f08b10e4b")
    True
    """
    text = text.strip(ASCII_SPACE).lower()
    for before, after in _AROUND:
        if text.startswith(before) and text.endswith(after):
            text = text.removeprefix(before).removesuffix(after)
            break
    if _DIGITS(text):
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    return text if _UUID(text) else None
