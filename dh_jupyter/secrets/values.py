"""Values of secrets: one sealed file each, `HOME/secrets/PROJECT/NAME`, 0600 in folders 0700. Nothing else holds a value."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from dh_kernel.errors import DHError, Forbidden, Invalid, NotFound, Unavailable, did_you_mean

from ..catalogue.types import KUBERNETES_NAME, SECRET_NAME
from .sealing import Seal

LARGEST = 64 * 1024  # bytes: what an environment variable of any system takes


class SecretValues:
    """Several threads and processes may use one home: a value is there whole, or not at all."""

    def __init__(self, home: Path, key_file: Path | None = None) -> None:
        """`key_file`: where the administrator keeps the key that seals them; else it lies beside them."""
        self._folder = home / "secrets"
        self._seal = Seal(self._folder, key_file)
        self._lent: dict[tuple[str, str], str] = {}

    def lend(self, project: str, name: str, value: str) -> None:
        """A value for runs of this process's life, in memory alone: no list has it."""
        checked(checked_name(name), value)
        self._lent[project, name] = value

    def take_back(self, project: str, name: str) -> None:
        """Forget one that was lent; none is fine."""
        self._lent.pop((project, name), None)

    def usable(self, project: str) -> list[str]:
        """Those that a run can have: `names`, and what was lent."""
        return [*self.names(project), *(name for owner, name in self._lent.copy() if owner == project)]

    def names(self, project: str) -> list[str]:
        """Secrets of a project that have a value, sorted."""
        try:
            found = os.listdir(self._of_project(project))
        except (FileNotFoundError, Invalid):
            return []
        except OSError as error:
            raise self._fault(error, self._folder / project, "can't be listed") from error
        return sorted(name for name in found if SECRET_NAME.fullmatch(name))

    def read(self, project: str, name: str) -> str:
        """Raises NotFound with the nearest name; Forbidden or Unavailable, never with the value, if it can't be read."""
        path = self._path(project, name)
        if (lent := self._lent.get((project, name))) is not None:
            return lent
        try:
            return self._seal.open(path.read_bytes()).decode()
        except FileNotFoundError:
            raise no_secret(name, self.names(project)) from None
        except (OSError, UnicodeDecodeError) as error:
            raise self._fault(error, path, "can't be read") from None

    def written(self, project: str, name: str) -> float:
        """When it was last set, in seconds since 1970; 0 if there is none."""
        try:
            return self._path(project, name).stat().st_mtime
        except OSError:
            return 0.0

    def read_all(self, project: str, names: Iterable[str]) -> dict[str, str]:
        """Values by name."""
        return {name: self.read(project, name) for name in names}

    def write(self, project: str, name: str, value: str) -> None:
        """Keep a value, in place of the one before. Raises Invalid, Forbidden or Unavailable; then the old one is kept."""
        path = self._path(project, name)
        data = self._seal.close(checked(name, value))
        try:
            self._make_folder(path.parent)
            handle, written = tempfile.mkstemp(prefix=".new-", dir=path.parent)  # made 0600
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(written, path)
            except OSError:
                os.unlink(written)
                raise
        except OSError as error:
            raise self._fault(error, path, "can't be kept") from None

    def remove(self, project: str, name: str) -> None:
        """Forget a value; none is fine."""
        path = self._path(project, name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise self._fault(error, path, "can't be removed") from None

    def remove_project(self, project: str) -> None:
        """Forget all values of a project; none is fine."""
        shutil.rmtree(self._of_project(project), ignore_errors=True)

    def state(self) -> tuple[bool, str]:
        """For the doctor: whether they are ours alone, and can be read and changed."""
        if not self._folder.exists():
            return True, "none yet"
        if not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
            return False, f"{self._folder} belongs to another user: chown -R $(id -u) {self._folder}"
        shared = [path for path in (self._folder, *self._folder.glob("*/*")) if _is_shared(path)]
        if shared:
            return False, f"others can read {shared[0]}: chmod -R go= {self._folder}"
        return True, f"{self._folder}, yours alone, sealed with {self._seal.key_file}"

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """One change of names and values at a time, also among processes of this home."""
        try:
            self._make_folder(self._folder)
            handle = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._fault(error, self._folder, "can't be changed") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _of_project(self, project: str) -> Path:
        if not KUBERNETES_NAME.fullmatch(project):
            raise Invalid("invalid project")
        return self._folder / project

    def _path(self, project: str, name: str) -> Path:
        return self._of_project(project) / checked_name(name)

    def _make_folder(self, folder: Path) -> None:
        for each in (self._folder, folder):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
            if each.stat().st_mode & 0o077:
                each.chmod(0o700)

    @staticmethod
    def _fault(error: Exception, path: Path, what: str) -> DHError:
        """What went wrong, without the value."""
        subject = f"The secret '{path.name}' {what}"
        if isinstance(error, PermissionError):
            return Forbidden(
                f"{subject}: permission denied.", f"It belongs to another user: chown -R $(id -u) {path.parent.parent}"
            )
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        return Unavailable(f"{subject}: {reason}.", f"Look at {path}, or keep it again: %dh secret {path.name}")


def _is_shared(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & 0o077)
    except OSError:  # removed meanwhile
        return False


def no_secret(name: str, known: Iterable[str]) -> NotFound:
    """The error for a name that nobody has kept."""
    near = did_you_mean(name, known)
    return NotFound(f"There is no secret '{name[:100]}'.", f"{near} Keep it first: %dh secret {name[:100]}".strip())


def checked_name(name: str) -> str:
    """Raises Invalid unless a name can be a file's and an environment variable's."""
    if not isinstance(name, str) or not SECRET_NAME.fullmatch(name):
        raise Invalid(
            f"invalid or missing name: {str(name)[:100]!r}",
            "A secret's name has a-z, A-Z, 0-9, _ - and ., at most 128.",
        )
    return name


def checked(name: str, value: object) -> bytes:
    """The value's bytes. Raises Invalid, without the value, for what can't be an environment variable."""
    if not isinstance(value, str):
        raise Invalid(f"The value of '{name}' is not a text.", "Send it as a JSON string.")
    try:
        data = value.encode()
    except UnicodeEncodeError:
        raise Invalid(f"The value of '{name}' is not a text: it holds half a character.") from None
    if not data or b"\0" in data:
        fault = "holds a NUL, which no environment variable can" if data else "is empty"
        raise Invalid(
            f"The value of '{name}' {fault}.", "Encode it first, e.g. by base64." if data else "Give it again."
        )
    if len(data) > LARGEST:
        raise Invalid(
            f"The value of '{name}' has {len(data):,} bytes; an environment variable has at most {LARGEST:,}.",
            "Keep the key of it, and the rest in a file.",
        )
    return data
