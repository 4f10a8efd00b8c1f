"""libFuzzer over one target; arguments: the program that starts this, the target's name, libFuzzer's own options."""

import sys

import atheris

with atheris.instrument_imports(include=["admetrics"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    _, program, target, *options = sys.argv
    atheris.Setup([program, *options], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
