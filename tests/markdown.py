"""Reads the pages of the documentation: their blocks of code, tables, links and headings."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

REPOSITORY = Path(__file__).parents[1]

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")


@attrs.frozen
class Block:
    """A block of code.

    Args:
        page: the page that it stands on.
        line: where it begins, from 1.
        language: what stands behind the fence.
        text: what it holds.
        follows: whether nothing but blank lines stands between it and the block before.
    """

    page: "Page"
    line: int
    language: str
    text: str = attrs.field(repr=False)
    follows: bool

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@attrs.frozen
class Page:
    """A page of the documentation."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(REPOSITORY))

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return _FENCE.sub("", self.text)

    @property
    def blocks(self) -> Sequence[Block]:
        return list(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        text, end = self.text, 0
        for match in _FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            follows = bool(end) and not text[end : match.start()].strip()
            yield Block(self, line, match[1], textwrap.dedent(match[2]), follows)
            end = match.end()

    @property
    def code(self) -> Sequence[str]:
        """What stands in backquotes in the prose."""
        return _CODE.findall(self.prose)

    @property
    def links(self) -> Sequence[str]:
        return _LINK.findall(self.prose)

    @property
    def anchors(self) -> frozenset[str]:
        """The names of the headings, as GitHub makes them."""
        headings = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(self.prose))
        return frozenset(heading.strip().replace(" ", "-") for heading in headings)

    def table(self, heading: str) -> Sequence[Sequence[str]]:
        """Return the rows of the first table under a heading, without its own heading; cells without backquotes."""
        _, found, rest = self.prose.partition(f"# {heading}\n")
        assert found, f"{self} has no heading {heading!r}"
        rows = re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0].split("\n")
        start = next(number for number, line in enumerate(rows) if line.startswith("|"))
        table = []
        for line in rows[start + 2 :]:
            if not line.startswith("|"):
                break
            table.append([cell.strip().replace("\\|", "|") for cell in _CELL.split(line.strip("|"))])
        return table


def plain(cell: str) -> str:
    """Return a cell without backquotes."""
    return cell.replace("`", "")


PAGES = [Page(REPOSITORY / "README.md"), *map(Page, sorted((REPOSITORY / "docs").rglob("*.md")))]
