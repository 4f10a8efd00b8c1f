"""libFuzzer over one target; arguments: the program that starts this, the target's name, libFuzzer's own options."""

import sys


def main() -> None:
    import atheris  # installed by `make fuzz` only

    with atheris.instrument_imports(include=["admetrics"]):
        from tests.fuzz.targets import TARGETS
    _, program, target, *options = sys.argv
    atheris.Setup([program, *options], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
