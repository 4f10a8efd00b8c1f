"""`python -m tests.attack [NAME ...]`: attack the product in every known way, and print what each came to."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.attack.attacks import ATTACKS
from tests.attack.command import Victim


def main(names: list[str]) -> int:
    if unknown := set(names) - ATTACKS.keys():
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(ATTACKS)}", file=sys.stderr)
        return 2
    succeeded = [name for name in names or ATTACKS if not _is_held_off(name)]
    print(f"{len(names or ATTACKS) - len(succeeded)} attacks held off, {len(succeeded)} succeeded")
    return 1 if succeeded else 0


def _is_held_off(name: str) -> bool:
    with TemporaryDirectory() as folder:
        try:
            came_to = ATTACKS[name](Victim(Path(folder)))
        except AssertionError as error:
            print(f"FELL  {name}: {error}", flush=True)
            return False
    print(f"held  {name}: {came_to}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
