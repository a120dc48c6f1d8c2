"""What a pod finds when it starts: the documents and the parts of the home that it shares, from the attempt's folder."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

from dh_kernel.rundir import RunFolder

from ..base import Submission
from .manifest import WORK, Shared
from .names import Identity
from .objects import LARGEST
from .settings import USER, KubernetesSettings

RUN_OF_INDEX = "/dh/run"  # where a pod sees its attempt's folder on a claim, if several pods have one each
CACHE = f"{WORK}/cache"  # where packages are installed: beside the attempt's folder the pod may not write


def identity_of(run: Mapping[str, Any]) -> Identity:
    """From run.json."""
    return Identity(str(run["id"]), int(run["attempt"]), str(run["project"]), str(run["function"]["name"]))


def user_of(settings: KubernetesSettings) -> int:
    """Whom a pod runs as. Who shares a home with it can read what it writes: itself, or root, who can read all."""
    if settings.user is not None:
        return settings.user
    return (os.getuid() if settings.claim else 0) or USER


def hand_over(folder: Path, user: int) -> None:
    """Root gives the attempt's folder to the pod's user; others are that user already."""
    if os.getuid() == 0 and user:
        for place in (folder, *folder.rglob("*")):
            os.chown(place, user, user, follow_symlinks=False)


def shared_parts(
    home: Path, runs: Mapping[Path, Mapping[str, Any]], settings: KubernetesSettings, numbered: Path | None = None
) -> tuple[Shared, ...]:
    """The attempts' folders (of each its run.json), and to read the stores of those projects that inputs are of. Nothing else
    of the home: it holds the broker's address, its secrets and its catalogue. `numbered`: each pod sees one of the folders, by
    its number there (see by_index)."""
    root = settings.root_of_claim(PurePosixPath(home))
    stores = {home / "store" / project for run in runs.values() for project in _projects(home, run)}

    def shared(place: Path, *, read_only: bool) -> Shared:
        return Shared(PurePosixPath(place), str(PurePosixPath(place).relative_to(root)), read_only=read_only)

    if numbered is not None:
        place = str(PurePosixPath(numbered).relative_to(root))
        own = [Shared(PurePosixPath(RUN_OF_INDEX), place, read_only=False, by_index=True)]
    else:
        own = [shared(folder, read_only=False) for folder in runs]
    return (*own, *(shared(one, read_only=True) for one in sorted(stores)))


def _projects(home: Path, run: Mapping[str, Any]) -> Iterator[str]:
    for given in run.get("inputs", {}).values():
        path = PurePosixPath(str(given.get("path", "")).removeprefix("file://"))
        if path.is_relative_to(home / "store"):
            yield path.relative_to(home / "store").parts[0]


def code_files(folder: Path) -> dict[str, bytes]:
    """All of the attempt's folder that the pod gets as a copy: everything but run.json."""
    own = RunFolder(folder)
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files if path != own.run_json}


@dataclass(frozen=True)
class Handling:
    """What a pod is told of its files: where its folder is, run.json, where the code is, where what comes out goes; and of those
    that it has after them, or that other pods have beside it (PodFollowing)."""

    folder: str
    run: Mapping[str, Any]
    code: Mapping[str, Any]
    deliver: Mapping[str, Any]
    then: tuple[Mapping[str, Any], ...] = ()
    beside: tuple[Mapping[str, Any], ...] = ()


_OTHERS = ("then", "beside")
_OWN = ("folder", "run", "deliver", "env")  # of a pod beside the first


def document_of(submission: Submission, handling: Handling, settings: KubernetesSettings) -> dict[str, Any]:
    """job.json (PodDocument)."""
    optional: dict[str, Any] = {
        "packages": None if submission.packages is None else list(submission.packages),
        "timeout": submission.timeout,
        "memory": submission.resources.memory,
        "python": submission.python or None,
    }
    if handling.then:
        optional.update(then=handling.then, share=submission.share)
    return {
        "format": 1,
        **{field.name: getattr(handling, field.name) for field in fields(handling) if field.name not in _OTHERS},
        "requirements": list(submission.requirements),
        "cache": CACHE,
        "grace": settings.grace / 2,
        "secrets": sorted(submission.secrets),
        **{name: value for name, value in optional.items() if value is not None},
    }


def documents_of(submission: Submission, handling: Handling, settings: KubernetesSettings) -> list[dict[str, Any]]:
    """job.json of each pod, by its index: of as many as one Secret has room for."""
    first = document_of(submission, handling, settings)
    others = ({**first, **{name: one[name] for name in _OWN}} for one in handling.beside)
    return [first, *within(others, LARGEST - len(json.dumps(first)))]


def within(documents: Iterable[Mapping[str, Any]], most: int) -> Iterator[dict[str, Any]]:
    """The first ones that are not more than so many bytes together."""
    for document in documents:
        most -= len(json.dumps(document))
        if most < 0:
            return
        yield dict(document)


def by_index(place: Path, folders: Iterable[Path]) -> Path:
    """A folder in which each of these has a number for a name: by links, since they stay where they are."""
    place.mkdir(parents=True, exist_ok=True)
    for number, folder in enumerate(folders):
        with contextlib.suppress(FileExistsError):
            os.symlink(os.path.relpath(folder, place), place / str(number), target_is_directory=True)
    return place


def read_run(folder: Path) -> dict[str, Any]:
    """run.json."""
    return json.loads((folder / "run.json").read_bytes())  # type: ignore[no-any-return]
