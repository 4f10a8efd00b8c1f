"""`python -m tests.planted [PART OF A NAME]`: plant each bug into a copy of the code, and run the tests on it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.planted.bugs import BUGS, Bug
from tests.planted.neighbours import NEIGHBOURS

ROOT = Path(__file__).parent.parent.parent
_LONGEST = 900


def main() -> int:
    wanted = [bug for bug in (*BUGS, *NEIGHBOURS) if " ".join(sys.argv[1:]) in bug.name]
    missed = [bug.name for bug in wanted if not is_caught(bug)]
    print(f"{len(wanted) - len(missed)} of {len(wanted)} bugs were caught")
    return 1 if missed else 0


def is_caught(bug: Bug) -> bool:
    """Plant a bug into a copy of the code, run its tests there, and return whether one failed."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(ROOT / "src", copy / "src")
        shutil.copytree(ROOT / "tests", copy / "tests")
        for name in ("conftest.py", "pyproject.toml"):
            shutil.copy(ROOT / name, copy)
        (copy / ".servers").mkdir()
        (copy / ".servers" / "lib").symlink_to(ROOT / ".servers" / "lib")  # the servers, resolved once
        plant(bug, copy / "src" / "admetrics")
        test = _failing(bug, copy)
    print(f"{'caught' if test else 'MISSED'}  {bug.name}\n        {test or bug.tests}", flush=True)
    return test is not None


def plant(bug: Bug, package: Path) -> None:
    """Put a bug into a copy of the package.

    Raises:
        LookupError: the text is not there, or more than once: the code has changed, so the bug must be written again.
    """
    file = package / bug.file
    text = file.read_text(encoding="utf-8")
    if text.count(bug.right) != 1:
        raise LookupError(f"{bug.file} has {text.count(bug.right)} places for: {bug.name}")
    file.write_text(text.replace(bug.right, bug.wrong), encoding="utf-8")


def _failing(bug: Bug, copy: Path) -> str | None:
    """Run the tests until one fails, and return its name; None if all passed."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *bug.tests.split()],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    if done.returncode not in {0, 1} or (done.returncode == 1 and found is None):
        raise RuntimeError(f"{bug.name}: the tests did not run\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return found[1] if found else None


if __name__ == "__main__":
    sys.exit(main())
