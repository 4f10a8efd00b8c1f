"""Every regular expression of the product takes linear time (tests/backtracking.py), whatever it is given."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import BuiltinMethodType

import pytest

import admetrics
from tests.backtracking import ways

SOURCES = Path(admetrics.__file__).parent
MADE_ELSEWHERE = {
    "adapters/spark/errors.py",  # of a server's own words
    "adapters/crawlers.py",  # of a list; measured by tests/unit/test_linear_time.py
    "domain/events/page_url.py",  # of a setting; measured there, too
}


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes], bool]]:
    """Yield the patterns that modules keep, and whether they are searched for."""
    for module in pkgutil.walk_packages(admetrics.__path__, "admetrics."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        for name, kept in vars(importlib.import_module(module.name)).items():
            for number, value in enumerate(kept if isinstance(kept, tuple) else [kept]):
                pattern = value.__self__ if isinstance(value, BuiltinMethodType) else value
                if isinstance(pattern, re.Pattern):
                    yield f"{module.name}.{name}[{number}]", pattern, value is pattern or value.__name__ != "fullmatch"


@pytest.mark.parametrize("pattern,search", [pytest.param(*rest, id=name) for name, *rest in patterns()])
def test_a_pattern_takes_linear_time(pattern, search):
    assert ways(pattern.pattern, pattern.flags, search=search) == ""


def test_no_pattern_is_left_out():
    """One that is made where it is used is a text here; all others are found by name."""
    kept = 0
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).startswith("re."):
                continue
            if ast.unparse(node.func) == "re.compile":
                kept += isinstance(node.args[0], ast.Constant) or str(path.relative_to(SOURCES)) not in MADE_ELSEWHERE
            elif isinstance(node.args[0], ast.Constant):
                assert ways(ast.literal_eval(node.args[0])) == ""
            else:
                assert ast.unparse(node.func) == "re.escape" or str(path.relative_to(SOURCES)) in MADE_ELSEWHERE
    assert kept == len({id(pattern) for _, pattern, _ in patterns()})


@pytest.mark.parametrize(
    "pattern,search",
    [
        (r"(-?)0*([0-9]+)(?:\.0+)?", False),
        (r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*", True),
        (r"[A-Z0-9._+-]{1,64}@[A-Z0-9-]{1,63}\.[A-Z0-9.-]{1,190}", True),
        (r"(?<=[?&])([^=&]*(?:secret|token)[^=&]*)=[^&]*", True),
        (r"\s+$", True),
        (r"(?:ab)+c", True),
        (r"a*a*b", False),
        (r"(?:a|ab)+(?:b|c)*d", True),
        (r"x(?:.*y)?", True),
        (r"\w+(?=@)", True),
    ],
)
def test_quadratic_patterns_are_found(pattern, search):
    assert ways(pattern, search=search) == "polynomial"


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(a*)*b", r"(?:ab|a|b)*c", r"(?:\w+|\d+)*!", r"(?:a?b?)*c"])
def test_exponential_patterns_are_found(pattern):
    assert ways(pattern, search=False) == ways(pattern) == "exponential"


@pytest.mark.parametrize(
    "pattern,search",
    [
        (r"[a-z]+", True), (r"a[^a]*b", True), (r"(?<=//)[^/@]*(?=@)", True), (r"-(?:ab)+c", True), (r"a+b+c", False),
        (r"(?i)k[a-j]*", True), (r"[0-9]{1,10}x", True), (r"%(?:25)*40", True), (r"^a*b", False),
        (r"\d+(?:\.\d+)?", False),
    ],
)  # fmt: skip
def test_linear_patterns_are_let_pass(pattern, search):
    assert ways(pattern, search=search) == ""
