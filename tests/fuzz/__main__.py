"""`python -m tests.fuzz SECONDS`: fuzz each target for so long, guided by coverage, and keep what reached new code."""

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz import corpus

TARGETS = ("line", "message")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz what reads bytes from outside.")
    parser.add_argument("seconds", type=int, help="how long, for each target")
    arguments = parser.parse_args()
    return max(_fuzz(target, arguments.seconds) for target in TARGETS)


def _fuzz(target: str, seconds: int) -> int:
    """Return the exit code of libFuzzer: 0 if nothing was found."""
    with TemporaryDirectory() as folder:
        before, after, program = Path(folder) / "before", Path(folder) / "after", Path(folder) / target
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.fuzz.fuzzer "$0" {target} "$@"\n')
        program.chmod(0o700)  # libFuzzer starts it again by itself to merge
        for each in (before, after):
            each.mkdir()
        for number, data in enumerate(corpus.read(target)):
            (before / str(number)).write_bytes(data)
        code = subprocess.run([program, f"-max_total_time={seconds}", "-max_len=2048", before], check=False).returncode
        subprocess.run([program, "-merge=1", after, before], check=True)  # the smallest set that reaches as much
        corpus.write(target, [file.read_bytes() for file in after.iterdir()])
    return code


if __name__ == "__main__":
    sys.exit(main())
