"""The programs of the servers, from Maven: resolved once into `.servers/lib/`, used from there ever after."""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

HERE = Path(__file__).parent
ROOT = HERE.parents[1] / ".servers"
_LIMIT = 900  # seconds for all downloads of a server


def library(name: str) -> Path:
    """Return the folder with the jars that `NAME.pom.xml` asks for; only the first time needs a network."""
    pom = HERE / f"{name}.pom.xml"
    folder = ROOT / "lib" / f"{name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    return _made_once(folder, lambda new: _copy_dependencies(pom, new))


def unpacked(jar: Path, inside: str) -> Path:
    """Return the folder into which one folder of a jar was unpacked, beside it."""
    return _made_once(jar.with_suffix(""), lambda new: _unpack(jar, inside, new))


def _made_once(folder: Path, make) -> Path:
    """Make a folder whole or not at all; several processes may want it at once."""
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_name(f".{folder.name}.lock")):
        if not folder.exists():
            new = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
            try:
                make(new)
                new.chmod(0o755)
                new.rename(folder)
            finally:
                shutil.rmtree(new, ignore_errors=True)
    return folder


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy_dependencies(pom: Path, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise RuntimeError(f"no mvn here to fetch the jars of {pom.name}: scripts/ensure-system tests installs it")
    command = [maven, "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=_LIMIT
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")


def _unpack(jar: Path, inside: str, folder: Path) -> None:
    with ZipFile(jar) as archive:
        for entry in archive.infolist():
            name = entry.filename.removeprefix(inside)
            if name != entry.filename and name and not entry.is_dir():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
    for program in (folder / "bin").iterdir():
        program.chmod(0o755)
