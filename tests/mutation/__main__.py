"""`python -m tests.mutation SECONDS [FILE ...]`: change the code in every small way, and show what no test notices.

Files are named below `src/admetrics/`. Every function of them is changed in a copy of the checkout, one operator,
number or name at a time, and the unit tests of its layer that run through it are run. Printed are the changes that no
test notices, and the score of each file. What is not reached in so many seconds for each layer is left out.
"""

import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
FILES: Final = (
    "domain/rules/outcome.py",
    "domain/rollup/arrival.py",
    "domain/rules/bids.py",
    "domain/rules/currency.py",
    "domain/rules/digest.py",
    "domain/rules/flight.py",
    "domain/rules/repeats.py",
    "domain/rules/winner.py",
    "domain/rollup/minutes.py",
    "domain/reporting/budgets.py",
    "domain/events/classify.py",
    "domain/dimensions.py",
    "domain/events/erasure.py",
    "domain/events/event.py",
    "domain/reporting/figures.py",
    "domain/rollup/fold.py",
    "domain/events/integers.py",
    "domain/events/click_flags.py",
    "domain/metrics/measures.py",
    "domain/rollup/message.py",
    "domain/events/record.py",
    "domain/events/redaction.py",
    "domain/rollup/row.py",
    "domain/rules/budget_unit.py",
    "domain/times.py",
    "domain/rules/validity.py",
    "app/erase.py",
    "app/ingest.py",
    "app/parse.py",
    "app/load.py",
    "app/rebuild.py",
    "app/recompute.py",
    "app/reconcile.py",
    "app/replay.py",
    "app/roll_up.py",
)
"""What the figures, the bills and the promises to visitors depend on."""

_TESTS: Final = {"domain": ("tests/unit/domain", "src/admetrics/domain"), "app": ("tests/unit/app",)}
_UNNOTICED: Final = {0, 33}
"""Exit codes: the tests passed, or there are none."""

_ONCE: Final = ("domain.events.event.x__canonical_encoder__",)
"""Functions that are called while their module is imported, which is before mutmut changes anything."""


def main() -> int:
    seconds, files = int(sys.argv[1]), sys.argv[2:] or FILES
    found = Counter[str]()
    for layer in _TESTS:
        if some := [file for file in files if file.startswith(f"{layer}/")]:
            found += _change(layer, some, seconds)
    _print("all", found)
    return 0


def _change(layer: str, files: Sequence[str], seconds: int) -> Counter[str]:
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "checkout"
        _copy(copy)
        _configure(copy, files, _TESTS[layer])
        _mutmut(copy, "run", seconds=seconds)
        sums = Counter[str]()
        for file, codes in _results(copy, files):
            for name, code in codes.items():
                if code in _UNNOTICED:
                    print(_mutmut(copy, "show", name))
            checked = [code for code in codes.values() if code is not None]
            found = Counter(checked=len(checked), noticed=sum(code not in _UNNOTICED for code in checked))
            found["left out"] = len(codes) - len(checked)
            _print(f"`{file}`", found)
            sums += found
        return sums


def _print(name: str, found: Counter[str]) -> None:
    score = f"{found['noticed'] / found['checked']:.0%}" if found["checked"] else "-"
    print(f"| {name} | {found['checked']} | {found['noticed']} | {score} | left out: {found['left out']}", flush=True)


def _copy(to: Path) -> None:
    for name in ("src", "tests"):
        shutil.copytree(ROOT / name, to / name)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, to)


def _configure(copy: Path, files: Sequence[str], tests: Sequence[str]) -> None:
    """Write what mutmut reads; values of JSON are values of TOML too."""
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/admetrics/{file}" for file in files],
        "also_copy": ["conftest.py"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=mutation"],
        "pytest_add_cli_args_test_selection": list(tests),
    }
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (copy / "pyproject.toml").write_text(f"{project}\n[tool.mutmut]\n{lines}", encoding="utf-8")


def _mutmut(copy: Path, *arguments: str, seconds: float | None = None) -> str:
    """Run it, and stop it in time as Ctrl-C does: it keeps what it has found."""
    process = subprocess.Popen(
        [Path(sys.executable).with_name("mutmut"), *arguments],
        cwd=copy,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        printed, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        process.communicate()
        return ""
    if process.returncode:
        raise RuntimeError(f"mutmut {arguments[0]} failed:\n{printed[-3000:]}")
    return printed


def _results(copy: Path, files: Sequence[str]) -> Iterator[tuple[str, Mapping[str, int | None]]]:
    """Return, for each file, the exit code of the tests under each change; None for those that were not reached."""
    for file in files:
        meta = copy / "mutants" / "src" / "admetrics" / f"{file}.meta"
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"] if meta.exists() else {}
        yield file, {name: code for name, code in codes.items() if not any(each in name for each in _ONCE)}


if __name__ == "__main__":
    sys.exit(main())
