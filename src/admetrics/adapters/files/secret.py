"""A secret in a file that only its owner can read."""

import secrets
from pathlib import Path
from typing import Final

from admetrics.adapters.files.names import printable, reason_of
from admetrics.adapters.files.output import atomic_output
from admetrics.domain.errors import InputError

_BYTES: Final = 32


def secret_in(path: Path) -> bytes:
    """Read the secret in a file; if there is no such file, make one with a new secret.

    Args:
        path: the file; its folder must exist.

    Raises:
        InputError: the file cannot be read or written, or is empty.
    """
    try:
        secret = path.read_bytes().strip()
    except FileNotFoundError:
        secret = _new(path)
    except OSError as error:
        raise InputError(f"cannot read the secret in {printable(path)}: {reason_of(error)}") from None
    if not secret:
        raise InputError(f"{printable(path)} holds no secret: restore it from a backup")
    return secret


def _new(path: Path) -> bytes:
    secret = secrets.token_hex(_BYTES).encode("ascii")
    with atomic_output(path, mode=0o600) as out:
        out.write(secret + b"\n")
    return secret
