"""Airflow in a process of its own that is imported once, and asked to do one thing after the other."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

_HERE: Final = Path(__file__).parent
_DAGS: Final = _HERE.parents[1] / "airflow_dags"
_BOUND: Final = 120


class Airflow:
    """`airflow_runs.py`; each thing that it is asked to do, it does in a fork.

    Args:
        folder: where its home is made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self._log = folder / "log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(_HERE / "airflow_runs.py")],
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def done(
        self,
        *arguments: str,
        folder: Path | None = None,
        variables: Mapping[str, str] | None = None,
        exit_code: int = 0,
    ) -> dict:
        """Have one thing done.

        Args:
            arguments: see `airflow_runs.py`.
            folder: to work in.
            variables: of the environment, beyond ours.
            exit_code: how it is to end; less than 0 for a signal.

        Returns:
            The JSON object that it printed on its last line, if it ended well; and, as `log`, all that it printed.
        """
        where = str(folder or self.folder)
        request = {"arguments": arguments, "environment": variables or {}, "folder": where, "seconds": _BOUND}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._log.read_text()
        answer = json.loads(line)
        assert answer["exit_code"] == exit_code, answer["printed"]
        figures = {} if exit_code else json.loads(answer["printed"].splitlines()[-1])
        return {**figures, "log": answer["printed"]}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=_BOUND)

    def _environment(self) -> Mapping[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("ADMETRICS_")},
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(_DAGS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        }
