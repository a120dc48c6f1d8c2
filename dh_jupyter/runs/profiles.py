"""The administrator's profiles: a file that is read again when it has changed. A broken one leaves the last good in force."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.errors import DHError, Invalid, NotFound, did_you_mean

from .profile_file import LARGEST, parse_profiles

if TYPE_CHECKING:
    from dh_kernel._contract import Profile

BY_GPU = "gpu:"  # no name of a profile has a colon
_Signature = tuple[int, int, int]  # time, size, inode


class Profiles:
    """Thread-safe. The file is looked at with every use; nothing watches it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen: _Signature | str | None = "never"
        self._profiles: dict[str, Profile] = {}
        self._fault: DHError | None = None

    def all(self) -> dict[str, Profile]:
        """By name, in the file's order; of a broken file the last good ones."""
        return self._read()[0]

    def get(self, name: str) -> Profile:
        """By name, or as `gpu:TYPE` the first in the file with such GPUs. Raises NotFound with the nearest name, and what is
        wrong with the file if something is."""
        profiles, fault = self._read()
        if name in profiles:
            return profiles[name]
        if name.startswith(BY_GPU) and fault is None:
            return _with_gpu(profiles, name.removeprefix(BY_GPU))
        near = did_you_mean(name, profiles) or f"None is set up here ({self.path.name}); leave --profile out."
        if fault is not None:
            near = f"{self.path.name} is broken, %dh doctor says how. {near if profiles else ''}".strip()
        raise NotFound(f"There is no profile '{name[:100]}'.", near)

    def trouble(self) -> str:
        """For who asks what there is: why that is not what the file says. Empty if it is."""
        profiles, fault = self._read()
        if fault is None:
            return ""
        left = "Those of before are in force." if profiles else "There are none until it is mended."
        return f"{self.path.name} is broken: {_faults(fault)} {left}"

    def state(self) -> tuple[bool, str]:
        """For the doctor: is it well, and what there is or what to change."""
        profiles, fault = self._read()
        if fault is not None:
            kept = f" Until then {len(profiles)} of before are in force." if profiles else " Until then there are none."
            return False, f"{self.path}: {_faults(fault)} Correct the file; it is read at the next use.{kept}"
        if not profiles:
            return True, f"none; {self.path} would have them"
        return True, f"{', '.join(profiles)} in {self.path}"

    def _read(self) -> tuple[dict[str, Profile], DHError | None]:
        with self._lock:
            signature = self._signature()
            if signature != self._seen:
                self._seen = signature
                self._take(signature is not None)
            return self._profiles, self._fault

    def _signature(self) -> _Signature | None:
        try:
            facts = self.path.stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_size, facts.st_ino

    def _take(self, there: bool) -> None:
        try:
            self._profiles = parse_profiles(_text(self.path)) if there else {}
            self._fault = None
        except Invalid as error:
            self._fault = error


def _faults(fault: DHError) -> str:
    return "; ".join(fault.details) or fault.message


def _with_gpu(profiles: dict[str, Profile], kind: str) -> Profile:
    """The whole type, or what follows its maker: a100 for nvidia-a100."""
    types = {name: profile["placement"].get("gpu_type", "") for name, profile in profiles.items()}
    found = next((name for name, one in types.items() if one.lower() in _spellings(one, kind)), None)
    if found is not None:
        return profiles[found]
    there = ", ".join(dict.fromkeys(one for one in types.values() if one))
    raise NotFound(
        f"No profile has GPUs of the type '{kind[:100]}'.",
        f"There are: {there}." if there else "None is set up with a gpu_type; --gpu COUNT takes any.",
    )


def _spellings(one: str, kind: str) -> tuple[str, ...]:
    maker = one.lower().partition("-")[0]
    return (kind.lower(), f"{maker}-{kind.lower()}")


def _text(path: Path) -> str:
    """Raises Invalid for what can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1).decode()
    except UnicodeDecodeError as error:
        raise Invalid("It is not UTF-8.", details=[str(error)]) from error
    except OSError as error:
        raise Invalid(
            "It can't be read.", details=[f"{error.strerror}: chmod or chown it for the server's user."]
        ) from error
