"""HTML that cannot be broken by what it shows: text becomes markup only by being escaped."""

from html import escape
from typing import Final

_VOID: Final = frozenset({"input", "link", "meta"})

Value = str | float | bool | None


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *children: str | None, **attributes: Value) -> Markup:
    """Write an element.

    Args:
        name: of the element.
        children: what stands in it: `Markup` as it is, other text escaped, None not at all.
        attributes: `data_value` is written `data-value`, `class_` is `class`; True is an attribute without a value,
            False and None are none.

    >>> tag("p", "a < b", tag("b", "!"), class_="x", hidden=True)
    '<p class="x" hidden>a &lt; b<b>!</b></p>'
    """
    start = f"<{name}{''.join(_attribute(*each) for each in attributes.items())}>"
    return Markup(start if name in _VOID else f"{start}{joined(*children)}</{name}>")


def joined(*children: str | None) -> Markup:
    """Write some children one after the other."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children if child))


def _attribute(name: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
