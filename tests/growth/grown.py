"""A copy of the project with a metric more: what CONTRIBUTING.md says of one, step by step."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.markdown import REPOSITORY

NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "admetrics-data", "spark-warehouse")

CHANGES: Mapping[str, Sequence[tuple[str, str]]] = {
    "src/admetrics/domain/events/kind.py": [
        ('    DISQUALIFIED = "disqualified"\n', '    DISQUALIFIED = "disqualified"\n    INTERVIEW = "interview"\n'),
        ("KIND_OF_NAME: Final = {\n", 'KIND_OF_NAME: Final = {\n    "interview": Kind.INTERVIEW,\n'),
    ],
    "src/admetrics/domain/metrics/catalog.py": [
        (
            "\nMEASURES: Final",
            """\
INTERVIEWS: Final = Measure(
    "interviews", Kind.INTERVIEW, meaning="interviews with applicants", headline=True, follows=Kind.QUALIFIED
)

MEASURES: Final""",
        ),
        ("OUT_OF_FLIGHT_CLICKS,\n)", "OUT_OF_FLIGHT_CLICKS,\n    INTERVIEWS,\n)"),
    ],
    "docs/data-dictionary.md": [
        (
            "| none, and `ev` is 1 |",
            "| `interview` | `interview` | interview: the applicant was met |\n| none, and `ev` is 1 |",
        ),
    ],
}
"""What is written by hand, but for the migration: two files of source, and words."""

MIGRATION = '''\
"""Interviews."""

from admetrics.adapters.sql.migrations.views import add_measure, drop_measure

revision = "{new}"
down_revision = "{old}"


def upgrade() -> None:
    add_measure("interviews")


def downgrade() -> None:
    drop_measure("interviews")
'''


class Grown:
    """The copy.

    Args:
        folder: where it is made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(REPOSITORY, folder, ignore=NOT_COPIED)
        if (cache := REPOSITORY / ".mypy_cache").exists():  # of `make lint`: all that did not change is known then
            shutil.copytree(cache, folder / cache.name)
        for name, changes in CHANGES.items():
            for before, after in changes:
                _change(folder / name, before, after)
        _add_migration(folder / "src/admetrics/adapters/sql/migrations/warehouse")
        self.python("generate")

    def python(self, module: str, *arguments: str) -> str:
        """Run a module on the code of the copy, and return what it prints; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": f"{self.folder / 'src'}{os.pathsep}{self.folder}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{module} {' '.join(arguments)}\n{done.stdout[-6000:]}{done.stderr[-3000:]}"
        return done.stdout


def _change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{file.name} has another text now: write the change again for {before!r}"
    file.write_text(text.replace(before, after), encoding="utf-8")


def _add_migration(folder: Path) -> None:
    newest = max(file.name for file in folder.glob("[0-9]*.py"))[:4]
    new = f"{int(newest) + 1:04}"
    text = MIGRATION.format(old=f"warehouse_{newest}", new=f"warehouse_{new}")
    (folder / f"{new}_interviews.py").write_text(text, encoding="utf-8")
