"""Outputs go straight into the store, by the policy that run.json has for the attempt's own place, before the result says
that they are there. What does not get there stays in the folder, and the broker takes it from there."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DHError
from ..reporting import send
from ..rundir import RunFolder

if TYPE_CHECKING:
    from .._contract import PodDelivery, Result, RunDocument

AT_ONCE = 4


def deliver(folder: RunFolder, run: RunDocument, result: Result) -> None:
    """Each output whole, or not at all."""
    policy = run.get("deliver")
    paths = [output["path"] for output in result["outputs"] if "://" not in output["path"]]
    if policy is None or policy["kind"] != "post" or not paths:
        return
    folder.note_delivered({"base": policy["base"]})  # it counts for what is not here any more
    send({"time": time.time(), "progress": {"done": 0, "text": "done; its outputs go into the store"}})
    for path in dict.fromkeys(paths):
        try:
            _put(folder, policy, path)
        except (DHError, OSError) as error:
            print(f"{path} could not be put into the store, and waits for the broker: {error}", file=sys.stderr)  # noqa: T201
            return  # the next ones would wait as long for nothing
        _remove(folder.path / path)


def _put(folder: RunFolder, policy: PodDelivery, path: str) -> None:
    """A file, or a folder (with / at its end) and then its mark, which says that it is whole. Raises DHError, OSError."""
    from ..stores.digests import sha256_of
    from ..stores.forms import post
    from ..stores.s3 import mark_of

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dh-deliver") as pool:
        names = list(_files(folder.path, path))
        list(pool.map(lambda name: post(policy, name, folder.path / name, sha256_of(folder.path / name)), names))
    if path.endswith("/"):
        empty = Path(os.devnull)
        post(policy, mark_of(path), empty, sha256_of(empty))


def _files(root: Path, path: str) -> Iterator[str]:
    """Names below the attempt's folder. What a link points at is a file of its own, as for any store."""
    if not path.endswith("/"):
        yield path
        return
    for top, folders, names in os.walk(root / path):
        folders.sort()
        yield from (Path(top, name).relative_to(root).as_posix() for name in sorted(names) if Path(top, name).is_file())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
