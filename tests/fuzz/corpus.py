"""Inputs that once reached new code: one file a target, one input a line, in base64."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from pathlib import Path

_HERE = Path(__file__).parent


def read(target: str) -> Sequence[bytes]:
    return [b64decode(text) for text in _file(target).read_text(encoding="ascii").splitlines()]


def write(target: str, inputs: Iterable[bytes]) -> None:
    texts = sorted({b64encode(data).decode("ascii") for data in inputs}, key=lambda text: (len(text), text))
    _file(target).write_text("".join(f"{text}\n" for text in texts), encoding="ascii")


def _file(target: str) -> Path:
    return _HERE / f"corpus-{target}.txt"
