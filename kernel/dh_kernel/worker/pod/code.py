"""The attempt's folder in a pod: run.json as the job document has it, and its code out of a zip whose digest is known."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ...errors import DHError, Invalid
from ...rundir import RunFolder
from ...stores.digests import sha256_of
from ...stores.links import download

if TYPE_CHECKING:
    from ..._contract import FileLink, PodCode, PodDocument

_SHOWN = 12  # digits of a digest


def make_folder(job: PodDocument) -> RunFolder:
    """Whole, or an error; also those of the attempts that the pod has after it. Raises Invalid (damaged), NotFound,
    Unavailable, OSError."""
    place = Path(job["folder"])
    if job["deliver"]["kind"] == "folder" and not job["code"]:
        return RunFolder(place)  # it lies on a volume that the broker has written to, as do the others
    archive = _archive(job["code"], place)
    for one in (job, *(job.get("then") or ())):
        folder = RunFolder.create(Path(one["folder"]), one["run"], None)
        if archive is not None:
            unpack(archive, folder.path)
    return RunFolder(place)


def _archive(code: PodCode, beside: Path) -> Path | None:
    if "path" in code:
        found = Path(code["path"])
    elif "url" in code:
        found = beside.with_name(beside.name + ".zip")
        found.parent.mkdir(parents=True, exist_ok=True)
        link: FileLink = {"path": found.name, "url": code["url"]}
        download(link, found, "The run's code")
    else:
        return None
    check_digest(found, code.get("sha256", ""))
    return found


def check_digest(archive: Path, expected: str) -> None:
    """Raises Invalid if it is not what was sent."""
    got = sha256_of(archive)
    if got != expected:
        raise Invalid(
            f"The run's code is not what was sent: its SHA-256 is {got[:_SHOWN]}…, not {expected[:_SHOWN] or 'known'}…",
            "Run it again; if it stays so, somebody has changed it on its way.",
        )


def unpack(archive: Path, folder: Path) -> None:
    """Into a folder, and nowhere else. Raises Invalid."""
    try:
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                if not stays_inside(name):
                    raise Invalid(f"The run's code has a file that does not lie in its folder: {name!r}.")
            opened.extractall(folder)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise Invalid(f"The run's code is no zip that can be read: {error}.") from error


def stays_inside(name: str) -> bool:
    """Whether a relative path leads nowhere else."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\0" not in name


def why_not(error: Exception) -> str:
    """In words, for the broker."""
    return str(error) if isinstance(error, DHError) else f"The run's folder can't be made in the pod: {error}"
