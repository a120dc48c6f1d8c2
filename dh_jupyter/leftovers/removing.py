"""Show leftovers, and remove them."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import DHError, NotFound
from dh_kernel.refs import parse

from .looking import everything

if TYPE_CHECKING:
    from dh_kernel._contract import Leftover, Leftovers

    from ..broker import Broker


def leftovers(broker: Broker, *, do: bool, store: bool, locks: bool = False) -> Leftovers:
    """All that nothing refers to; removed with `do`. `store`: also what would be another catalogue's if an S3 were shared;
    `locks`: also the versions that were chosen for requirements.

    One that can't be removed says why, and keeps no other from going.
    """
    rows = list(everything(broker, locks=locks))
    for row in rows:
        if store:
            row.pop("held", None)
        if do and "held" not in row:
            _try(broker, row)
    return {"done": do, "rows": rows}


def _try(broker: Broker, row: Leftover) -> None:
    try:
        if _is_used_again(broker, row):
            row["held"] = "it was registered meanwhile"
            return
        _remove(broker, row)
    except (DHError, OSError) as error:
        row["held"] = " ".join(str(error).split())[:300]
    else:
        row["removed"] = True


def _is_used_again(broker: Broker, row: Leftover) -> bool:
    """The same content may have been registered since it was looked for."""
    if row["what"] != "file":
        return False
    project, entity, _, ident = row["where"].removeprefix(broker.stores.root.rstrip("/") + "/").split("/")[:4]
    try:
        broker.catalogue.get(project, entity, ident)
    except NotFound:
        return False
    return True


def _remove(broker: Broker, row: Leftover) -> None:
    where: Any = row["where"]
    if row["what"] == "run":
        found = parse(where)
        broker.runs.delete(str(found.project), found.name)
    elif row["what"] == "upload" and where.startswith("s3://"):
        from dh_kernel.stores.s3_uploads import drop

        drop(broker.stores.s3, where)
    elif where.startswith("s3://"):
        broker.stores.s3.delete(f"{where}/")
        broker.stores.s3.delete(where)
    elif Path(where).is_dir() and not Path(where).is_symlink():
        with contextlib.suppress(FileNotFoundError):  # somebody else was faster
            shutil.rmtree(where)
    else:
        Path(where).unlink(missing_ok=True)
