"""`python -m tests.planted.arguments FILE TESTS`: leave out each argument by keyword of a file, and run the tests.

The file is named below `src/admetrics/`. Printed are the arguments that no test misses: each needs a test that fails
without it, or is not needed. It takes as long as the tests, for each argument.
"""

import ast
import copy
import sys
from collections.abc import Iterator

from tests.planted.__main__ import ROOT, is_caught
from tests.planted.bugs import Bug


def main() -> int:
    file, tests = sys.argv[1], " ".join(sys.argv[2:])
    text = (ROOT / "src" / "admetrics" / file).read_text(encoding="utf-8")
    missed = [bug.name for bug in without_arguments(file, text, tests) if not _is_missing(bug)]
    print("\n".join(["", *missed]), f"{len(missed)} arguments are not missed", sep="\n")
    return 1 if missed else 0


def without_arguments(file: str, text: str, tests: str) -> Iterator[Bug]:
    """Return a bug for each argument by keyword of a call that stands in the text once."""
    for call in ast.walk(ast.parse(text)):
        right = ast.get_source_segment(text, call) if isinstance(call, ast.Call) else None
        if not isinstance(call, ast.Call) or right is None or text.count(right) != 1:
            continue
        for number, keyword in enumerate(call.keywords):
            if keyword.arg is not None:
                less = copy.deepcopy(call)
                del less.keywords[number]
                name = f"line {call.lineno}: {ast.unparse(call.func)} has no {keyword.arg}"
                yield Bug(name, file, right, ast.unparse(less), tests)


def _is_missing(bug: Bug) -> bool:
    try:
        return is_caught(bug)
    except RuntimeError:  # not even an import works
        return True


if __name__ == "__main__":
    sys.exit(main())
